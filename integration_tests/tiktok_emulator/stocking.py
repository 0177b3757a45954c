"""Shops and GMV Max campaigns for an account to start with."""

from integration_tests.tiktok_emulator.centers import OWNER
from integration_tests.tiktok_emulator.hashing import pick
from integration_tests.tiktok_emulator.model import DELETE, DISABLE, ENABLE
from integration_tests.tiktok_emulator.shops import LIVE, PRODUCT, Store
from integration_tests.tiktok_emulator.world import World

# By place among an account's campaigns.
_PROMOTIONS = (PRODUCT, PRODUCT, LIVE)
_STATES = (ENABLE, DELETE, ENABLE, DISABLE)


def stock(world: World, advertiser_id: str, *, store: str = "", products: int = 4, campaigns: int = 4) -> Store:
    """Give an account of a Business Center a shop with GMV Max campaigns of both kinds, deleted ones included.

    Args:
        world: the world of the account.
        advertiser_id: the account; its record names the Business Center.
        store: name of a shop that another account may use as well.
        products: number of products of a new shop.
        campaigns: number of campaigns: by turns two that sell products and one that shows live rooms.
    """
    account = world.accounts[advertiser_id]
    name = store or f"{account.name} store"
    shop = next((one for one in world.shops.stores_of_center(account.fields[OWNER]) if one.name == name), None)
    if shop:
        shop.accounts.append(account)
    else:
        shop = world.shops.add_store(name, account.fields[OWNER], [account], products=products, doubled=not store)
    for place in range(campaigns):
        world.shops.add_campaign(
            account,
            shop,
            pick(place, _PROMOTIONS),
            state=pick(place, _STATES),
            created=account.created,
        )
    return shop
