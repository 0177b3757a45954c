"""Pages that are fetched ahead: each once, for the thread that wanted it, and none that nobody wants any more."""

from threading import Event, Thread

import pytest
import requests

from source_tiktok_marketing.api.ahead import MOST_AHEAD, Ahead
from source_tiktok_marketing.api.retries import Place
from source_tiktok_marketing.api.sending import Sent

PLACE = ("ad/get/", "1")


class Post:
    """Sends nothing, and notes what it should have sent."""

    def __init__(self) -> None:
        self.sent: list[str | None] = []

    def __call__(self, request: requests.PreparedRequest, place: Place) -> Sent:
        assert place == PLACE
        self.sent.append(request.url)
        return Sent(float(len(self.sent)), 0.0)


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def ahead(post: Post) -> Ahead:
    return Ahead(post)


def page(number: int) -> requests.PreparedRequest:
    return requests.Request("GET", "http://tiktok/", params={"page": number}).prepare()


def want(ahead: Ahead, *numbers: int) -> None:
    for number in numbers:
        ahead.want(page(number), PLACE)


def test_a_page_that_was_fetched_is_taken_once(ahead: Ahead, post: Post) -> None:
    want(ahead, 2, 3)

    assert ahead.fetch_one()
    taken = ahead.take(page(2).url)
    assert taken
    assert taken.sent_at == 1.0
    assert ahead.take(page(2).url) is None, "whoever asks again asks TikTok"
    assert post.sent == [page(2).url]


def test_what_its_reader_asks_for_by_itself_is_not_fetched(ahead: Ahead, post: Post) -> None:
    want(ahead, 2)

    assert ahead.take(page(2).url) is None
    assert not ahead.has_errands
    assert not ahead.fetch_one()
    assert post.sent == []


def test_a_page_under_way_is_waited_for(post: Post) -> None:
    begun, may_end = Event(), Event()

    def slowly(request: requests.PreparedRequest, place: Place) -> Sent:
        begun.set()
        may_end.wait(10)
        return post(request, place)

    ahead = Ahead(slowly)
    want(ahead, 2)
    Thread(target=ahead.fetch_one).start()
    begun.wait(10)
    Thread(target=may_end.set).start()

    assert ahead.take(page(2).url)
    assert post.sent == [page(2).url]


def test_pages_of_a_list_that_is_given_up_are_not_fetched_and_those_of_others_are(
    ahead: Ahead, post: Post
) -> None:
    other = Thread(target=want, args=(ahead, 7))
    other.start()
    other.join()
    want(ahead, 2, 3)
    ahead.forget()

    while ahead.fetch_one():
        pass
    assert post.sent == [page(7).url]
    assert ahead.take(page(7).url) is None, "it is another thread's"


def test_no_more_pages_wait_than_memory_should_hold(ahead: Ahead, post: Post) -> None:
    want(ahead, *range(2, MOST_AHEAD + 12))
    while ahead.fetch_one():
        pass

    assert len(post.sent) == MOST_AHEAD
    assert not ahead.has_errands
    assert ahead.take(page(2).url)
    assert ahead.fetch_one()


def test_what_nobody_foresaw_fails_the_reader_and_not_the_one_who_fetched() -> None:
    def fail(*_: object) -> Sent:
        raise RuntimeError("Oh")

    ahead = Ahead(fail)
    want(ahead, 2)

    assert ahead.fetch_one()
    with pytest.raises(RuntimeError, match="Oh"):
        ahead.take(page(2).url)
