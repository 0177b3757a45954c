"""The refusals of the API: the codes of the public appendix, with messages as reported where they were.

A code that is not here is none of TikTok's that a source knows; a test may still script it.
"""

MESSAGES: dict[int, str] = {
    20001: "Partial success.",
    40000: "Invalid parameters.",
    40001: "No permission to operate the advertiser.",
    40002: "Parameter error.",
    40003: "Forbidden.",
    40006: "The parameters do not fit the API version.",
    40007: "The object or the operation does not exist.",
    40008: "This endpoint is not supported in the sandbox environment.",
    40009: "This parameter is not supported in the sandbox environment.",
    40010: "Wrong domain.",
    40011: "Too many ids in one request.",
    40012: "There is nothing to update.",
    40013: "The sandbox account does not exist.",
    40014: "This feature is not supported in the sandbox environment.",
    40016: "Too many requests to this endpoint.",
    40050: "Duplicate request.",
    40051: "Invalid API version.",
    40052: "The material is used in an automated ad already.",
    40053: "Invalid video id.",
    40061: "Invalid batch size.",
    40062: "Personal data must be hashed.",
    40063: "Unknown partner.",
    40065: "Ages 13 to 17 cannot be targeted.",
    40067: "Your query is too large, please reduce the query size (e.g. fewer metrics or time range) and "
    "retry after a while.",
    40100: "App reaches the QPS limit.",
    40101: "The app id and the secret do not match.",
    40102: "The access token has expired.",
    40103: "The refresh token has expired.",
    40104: "Access token is null, you should set it in http header with key Access-Token.",
    40105: "Access token is incorrect or has been revoked.",
    40106: "The access token does not belong to this advertiser.",
    40107: "The refresh token is wrong.",
    40108: "Wrong grant type.",
    40109: "Deciphering error.",
    40110: "The auth code is wrong, used or expired.",
    40112: "Wrong password.",
    40113: "The app is blocked or unknown.",
    40114: "The advertiser has logged out.",
    40115: "The timestamp has expired.",
    40116: "Wrong signature.",
    40117: "Wrong signature method.",
    40118: "The app or the advertiser is not on the allow list of this feature.",
    40119: "The access token belongs to another company.",
    40120: "The TikTok user is not logged in.",
    40121: "The user is no creator of the marketplace.",
    40122: "The marketplace does not serve this region.",
    40124: "The developer is not approved.",
    40125: "The developer has no permission.",
    40126: "Authorization failed.",
    40127: "Authorization was not validated.",
    40128: "Double authorization failed.",
    40129: "Double authorization was not validated.",
    40130: "The scope was not granted.",
    40131: "The TikTok user could not be authorized.",
    40132: "Too many requests for this value.",
    40133: "The advertiser reaches the QPS limit for the current path, request is temporarily restricted.",
    40200: "The task failed.",
    40201: "The task is not ready.",
    40202: "Write conflict.",
    40300: "The advertiser does not exist.",
    40301: "The advertiser role does not match.",
    40302: "The advertiser is not available.",
    40309: "Login is required.",
    40400: "Route not found.",
    40502: "Too many ads.",
    40700: "Internal validation error.",
    40900: "File error.",
    41000: "The country of the client is banned.",
    41001: "The endpoint was retired.",
    41002: "The fields were retired.",
    41013: "The video could not be made from the site.",
    50000: "System error.",
    50002: "Error processing request.",
    51001: "Statistics error.",
    51004: "Service error.",
    51010: "Internal service time-out.",
    51011: "Search error.",
    51012: "Pixel error.",
    51039: "Authorization service error.",
    51040: "Advertiser service error.",
    51041: "Service error.",
    51099: "Statistics error.",
    51305: "Satellite service error.",
    52000: "Storage error.",
    53102: "Serialization error.",
    60001: "The system is in maintenance.",
    61000: "Too many requests.",
    70001: "Invalid business auth type.",
}


class ApiError(Exception):
    """A refusal: HTTP status 200 with a code other than 0.

    Args:
        code: return code of the API.
        message: text of the answer; the usual one of the code when empty.
    """

    def __init__(self, code: int, message: str = "") -> None:
        self.code = code
        self.message = message or MESSAGES.get(code, f"Error {code}.")
        super().__init__(f"{code}: {self.message}")


class NotModelledError(Exception):
    """TikTok would accept the request, but the emulator does not know the answer.

    It answers HTTP 501, so that a test fails loudly instead of trusting an invented answer.
    """


def parameter_error(name: str, problem: str) -> ApiError:
    """Return the 40002 that names the parameter at fault, as TikTok's validation does."""
    return ApiError(40002, f"{name}: {problem}")
