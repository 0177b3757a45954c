"""The refusals of the API: code and message, as in the public appendix of return codes."""

MESSAGES: dict[int, str] = {
    40000: "Invalid parameters.",
    40001: "No permission to operate the advertiser.",
    40002: "Parameter error.",
    40008: "This endpoint is not supported in the sandbox environment.",
    40009: "This parameter is not supported in the sandbox environment.",
    40011: "Too many ids in one request.",
    40013: "The sandbox account does not exist.",
    40016: "Too many requests to this endpoint.",
    40067: "Your query is too large, please reduce the query size (e.g. fewer metrics or time range) and "
    "retry after a while.",
    40100: "App reaches the QPS limit.",
    40101: "The app id and the secret do not match.",
    40104: "Access token is null, you should set it in http header with key Access-Token.",
    40105: "Access token is incorrect or has been revoked.",
    40106: "The access token does not belong to this advertiser.",
    40118: "The app or the advertiser is not on the allow list of this feature.",
    40125: "The developer has no permission.",
    40130: "The scope was not granted.",
    40133: "The advertiser reaches the QPS limit for the current path, request is temporarily restricted.",
    40202: "Write conflict.",
    40300: "The advertiser does not exist.",
    40301: "The advertiser role does not match.",
    40302: "The advertiser is not available.",
    40400: "Route not found.",
    40700: "Internal validation error.",
    50000: "System error.",
    50002: "Error processing request.",
    51004: "Service error.",
    51010: "Internal service time-out.",
    51041: "Service error.",
    52000: "Storage error.",
    60001: "The system is in maintenance.",
    61000: "Too many requests.",
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
