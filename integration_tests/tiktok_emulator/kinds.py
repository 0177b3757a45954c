"""Every kind of asset that an account can have."""

from integration_tests.tiktok_emulator.assets import ASSET_KINDS
from integration_tests.tiktok_emulator.identities import IDENTITY
from integration_tests.tiktok_emulator.pixels import PIXEL
from integration_tests.tiktok_emulator.posts import POST
from integration_tests.tiktok_emulator.saved_audiences import APP, SAVED_AUDIENCE

KINDS = {**ASSET_KINDS, **{kind.name: kind for kind in (POST, PIXEL, IDENTITY, SAVED_AUDIENCE, APP)}}
