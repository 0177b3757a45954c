"""What the user wants: the form, and any configuration, old or new, as one frozen `Config`.

May import the catalogue. Asks TikTok nothing.
"""
