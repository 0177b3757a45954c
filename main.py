"""Run the connector by hand: `python main.py spec|check|discover|read …`."""

from source_tiktok_marketing.run import run

if __name__ == "__main__":
    run()
