"""GMV Max: shops, campaigns, sessions and products."""

from integration_tests.tiktok_emulator.call import Call
from integration_tests.tiktok_emulator.errors import ApiError, NotModelledError, parameter_error
from integration_tests.tiktok_emulator.filters import (
    created_within,
    filters_of,
    trimmer,
    unmodelled_parameters,
)
from integration_tests.tiktok_emulator.listing import Page, Plain, RecordListing
from integration_tests.tiktok_emulator.parameters import id_list, one_of, string_list
from integration_tests.tiktok_emulator.records import Record, stamp
from integration_tests.tiktok_emulator.shops import LIVE, PRODUCT, GmvCampaign, Store

# The words of the list; the report says PRODUCT and LIVE.
_PROMOTIONS = {"PRODUCT_GMV_MAX": PRODUCT, "LIVE_GMV_MAX": LIVE}
_STATUSES = ("STATUS_DELIVERY_OK", "STATUS_DISABLE", "STATUS_DELETE")
_MOST_STORES, _MOST_PRODUCTS = 10, 10
_CREATION_FILTERS = ("creation_filter_start_time", "creation_filter_end_time")
PRODUCT_PAGE = 10
"""The only page size of products that an answer was ever seen with; a largest one is not published."""
_ELIGIBLE = ("CUSTOM_SHOP_ADS", "GMV_MAX")


def list_stores(call: Call) -> Plain:
    """Answer `gmv_max/store/list/`, which knows no pages and may hold a shop twice."""
    stores = call.world.shops.stores(call.advertiser_id)
    return Plain({"store_list": [one.record() for one in stores for _ in range(1 + one.doubled)]})


def read_campaigns(call: Call) -> Page:
    """Answer `gmv_max/campaign/get/`: the campaigns of one kind of promotion."""
    page, size = call.page()
    call.parameters.required("filtering")
    names = ("gmv_max_promotion_types", "store_ids", "campaign_ids", "primary_status", *_CREATION_FILTERS)
    filtering = filters_of(call, *names)
    promotion = _promotion(filtering)
    status = "STATUS_NOT_DELETE"
    if "primary_status" in filtering:
        status = one_of("filtering.primary_status", filtering["primary_status"], _STATUSES)
    born = created_within(filtering, call)
    found = [
        one
        for one in call.world.shops.campaigns(call.advertiser_id)
        if one.promotion == promotion and one.has_status(status) and born(one.created)
    ]
    if "store_ids" in filtering:
        stores = id_list("filtering.store_ids", filtering["store_ids"], _MOST_STORES)
        found = [one for one in found if one.store.store_id in stores]
    if "campaign_ids" in filtering:
        ids = id_list("filtering.campaign_ids", filtering["campaign_ids"])
        found = [one for one in found if one.campaign_id in ids]
    trim = trimmer(call, "gmv_max/campaign/get/")
    return Page(RecordListing([trim(one.record()) for one in found]), "list", page, size)


def _promotion(filtering: Record) -> str:
    """Return the one kind asked for; what both at once bring is not published."""
    name = "filtering.gmv_max_promotion_types"
    if "gmv_max_promotion_types" not in filtering:
        raise parameter_error(name, "Missing data for required field.")
    words = string_list(name, filtering["gmv_max_promotion_types"])
    kinds = {_PROMOTIONS[one_of(name, word, tuple(_PROMOTIONS))] for word in words}
    if not kinds:
        raise parameter_error(name, "Must not be empty.")
    if len(kinds) > 1:
        raise NotModelledError("both kinds of promotion in one request")
    return kinds.pop()


def _campaign(call: Call) -> GmvCampaign:
    campaign_id = call.parameters.number_text("campaign_id")
    for one in call.world.shops.campaigns(call.advertiser_id):
        if one.campaign_id == campaign_id:
            return one
    raise ApiError(40007, f"Campaign {campaign_id} does not exist.")


def read_campaign(call: Call) -> Plain:
    """Answer `campaign/gmv_max/info/`, which tells the shop of a campaign; the record is `data` itself."""
    one = _campaign(call)
    told = one.record()
    return Plain(
        {
            **{key: told[key] for key in ("advertiser_id", "campaign_id", "campaign_name", "operation_status")},
            "store_id": one.store.store_id,
            "store_authorized_bc_id": one.store.bc_id,
            "shopping_ads_type": one.promotion,
            "product_specific_type": "CUSTOMIZED_PRODUCTS" if one.products else "UNSET",
            "item_group_ids": [product.item_group_id for product in one.products],
            "optimization_goal": "VALUE",
            "roi_protection_enabled": one.draw % 2 == 1,
            "deep_bid_type": "VO_MIN_ROAS",
            "roas_bid": one.draw % 400 / 100 + 1,
            "budget": float(300 + one.draw % 100),
            "schedule_type": "SCHEDULE_FROM_NOW",
            "schedule_start_time": stamp(one.created),
            "schedule_end_time": "2036-01-01 00:00:00",
            "placements": ["PLACEMENT_TIKTOK"],
            "location_ids": ["6252001"],
            "age_groups": ["AGE_18_24"],
            "affiliate_posts_enabled": True,
        }
    )


def list_sessions(call: Call) -> Plain:
    """Answer `campaign/gmv_max/session/list/`: the sessions in force of a product campaign."""
    campaign = _campaign(call)
    if campaign.promotion != PRODUCT:
        raise NotModelledError("sessions of a campaign that sells no products")
    return Plain({"session_list": campaign.sessions(call.world.clock.now())})


def _store(call: Call) -> Store:
    bc_id, store_id = call.parameters.number_text("bc_id"), call.parameters.number_text("store_id")
    if bc_id in {one.bc_id for one in call.world.centers.visible(call.granted)}:
        for one in call.world.shops.stores_of_center(bc_id):
            if one.store_id == store_id:
                return one
    raise ApiError(40001, f"No permission to operate store {store_id}.")


def list_products(call: Call) -> Page:
    """Answer `store/product/get/`; the list is called `store_products`."""
    page, size = call.page()
    if size > PRODUCT_PAGE:
        raise NotModelledError(f"pages of more than {PRODUCT_PAGE} products")
    unmodelled_parameters(call, "sort_field")
    filtering = filters_of(call, "item_group_ids", "ad_creation_eligible")
    store = _store(call)
    records = store.product_records()
    if "item_group_ids" in filtering:
        ids = id_list("filtering.item_group_ids", filtering["item_group_ids"], _MOST_PRODUCTS)
        records = [record for record in records if record["item_group_id"] in ids]
    if "ad_creation_eligible" in filtering:
        one_of("filtering.ad_creation_eligible", filtering["ad_creation_eligible"], _ELIGIBLE)
        sold = _advertised(call, store)
        records = [
            {
                **record,
                "gmv_max_ads_status": "OCCUPIED" if record["item_group_id"] in sold else "UNOCCUPIED",
                "is_running_custom_shop_ads": False,
            }
            for record in records
        ]
    return Page(RecordListing(records), "store_products", page, size)


def _advertised(call: Call, store: Store) -> set[str]:
    """Return the products that a campaign sells now."""
    return {
        product.item_group_id
        for account in store.accounts
        for one in call.world.shops.campaigns(account.advertiser_id)
        for product in one.products
        if one.store is store and not one.deleted
    }
