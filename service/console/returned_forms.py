"""The page that a refused form came from, shown again with what was typed and with the reason above the form.

One place does this for every form: it asks for the page once more, as the visitor's own GET, and fills in the form that
was sent. A page that checks its form itself, with a message beside each field, never comes here.
"""

import re
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes, urljoin, urlsplit

import structlog
from flask import Response, current_app, g, request, session
from lxml import html
from werkzeug.exceptions import HTTPException

from service.console.saying import said
from service.db import OUT_OF_ORDER
from service.errors import Conflict, Invalid, Malformed, Problem

Element = Any  # of lxml, which has no types
FROM = "from_page"  # the address of a page that was shown again belongs to the form's view, which answers no GET
NEVER_SAME = ("csrf_token", FROM)
SURE = "sure"  # an act that cannot be undone is confirmed anew
REFUSALS = (Invalid, Malformed, Conflict)
NEVER_FILLED = ("hidden", "password", "file", "submit", "button", "image", "reset")
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
OF_THE_FORM = (
    "CONTENT_TYPE", "CONTENT_LENGTH", "HTTP_REFERER", "HTTP_IF_NONE_MATCH", "HTTP_ACCEPT", "RAW_URI",
    "REQUEST_URI", "werkzeug.request",
)  # fmt: skip


def page(problem: Problem, /) -> Response | None:
    """Return the page with the form that was refused; if none has it any more, the page that was sent from with why.

    None where that is no page either, or no person sent the form.
    """
    if not isinstance(problem, REFUSALS) or not _is_form():
        return None
    before = None
    for address in _candidates():
        document = _document(address)
        if document is None:
            continue
        form = _find(document, address)
        if form is not None:
            _return_to(document, form, address, problem)
            return _answer(document, problem)
        before = document if before is None else before
    if before is None:
        return None
    head = before.find('.//div[@class="page-head"]')
    place = before.get_element_by_id("main") if head is None else head.getparent()
    place.insert(0 if head is None else place.index(head) + 1, _alert(before, said(problem.detail)))
    return _answer(before, problem)


def _return_to(document: Element, form: Element, address: str, problem: Problem) -> None:
    fields = _fields(document, form)
    _fill(fields)
    for field in fields:
        for around in field.iterancestors("details"):
            around.set("open", "")
    seen = [field for field in fields if field.get("type") != "hidden"]
    is_inside = not seen or any(form in field.iterancestors() for field in seen)
    (form if is_inside else seen[0].getparent()).insert(0, _alert(document, said(problem.detail)))
    form.append(html.Element("input", type="hidden", name=FROM, value=_writable(address)))


def _answer(document: Element, problem: Problem) -> Response:
    session.pop("_flashes", None)  # the page has shown them
    text = html.tostring(document, encoding="unicode", doctype="<!doctype html>")
    return current_app.make_response((text, problem.status))


def _is_form() -> bool:
    """Whether a person sent a form and will look at the answer, rather than a script of the page."""
    return (
        request.method == "POST"
        and request.headers.get("HX-Request") != "true"
        and request.accept_mimetypes.best != "application/json"
        and request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
    )


def _candidates() -> Iterator[str]:
    """Yield the addresses where the form may be: the page that it names, the one before, and those above its own."""
    seen: set[str] = set()
    for given in (request.form.get(FROM, ""), request.referrer or ""):
        parts = urlsplit(given)
        address = parts.path + (f"?{parts.query}" if parts.query else "")
        if parts.netloc in ("", request.host) and address.startswith(f"{request.root_path}/console/"):
            seen.add(address)
            yield address
    path = _target()
    while path.count("/") > request.root_path.count("/") + 1:
        if path not in seen:
            yield path
        path = path.rpartition("/")[0]


def _document(address: str) -> Element | None:
    """Return the page at an address of the console as its visitor sees it; None where there is none."""
    path, _, query = address.removeprefix(request.root_path).partition("?")
    environ = {name: value for name, value in request.environ.items() if name not in OF_THE_FORM}
    environ |= {"REQUEST_METHOD": "GET", "QUERY_STRING": query, "HTTP_X_REQUEST_ID": g.request_id}
    environ |= {"PATH_INFO": unquote_to_bytes(path).decode("latin-1"), "wsgi.input": BytesIO()}
    bound = structlog.contextvars.get_contextvars()
    try:
        # An application context of its own: `g` of this request stays as it is.
        with current_app.app_context(), current_app.request_context(environ):
            answer = current_app.make_response(current_app.preprocess_request() or current_app.dispatch_request())
            if answer.status_code != 200 or answer.mimetype != "text/html":
                return None
            return html.document_fromstring(answer.get_data(as_text=True))
    except (Problem, HTTPException, *OUT_OF_ORDER):
        return None
    finally:
        structlog.contextvars.bind_contextvars(**bound)  # the end of the inner request has forgotten them


def _find(document: Element, address: str) -> Element | None:
    """Return the form that was sent; of several with its action, the one with most of the values that nobody types.

    None also where several have its action and all are about something else: the row that it was in is gone.
    """
    found = []
    for form in document.iter("form"):
        fields = _fields(document, form)
        actions = [form.get("action") or address, *(field.get("formaction") for field in fields)]
        if form.get("method") == "post" and _target() in [
            urlsplit(urljoin(address, one)).path for one in actions if one
        ]:
            found.append((*_likeness(fields), form))
    if len(found) > 1:
        found = [one for one in found if one[0] >= 0]
    return max(found, key=lambda one: one[:2], default=(0, 0, None))[2]


def _likeness(fields: Sequence[Element]) -> tuple[int, int]:
    """Return how many hidden values a form has in common with what was sent, and how many names of fields.

    The first is -1 where it has hidden values, and none of those: it is about something else.
    """
    unseen = [field for field in fields if field.get("type") == "hidden" and field.get("name") not in NEVER_SAME]
    hidden = {(field.get("name"), field.get("value")) for field in unseen}
    names = {field.get("name") for field in fields}
    same = len(hidden & set(request.form.items(multi=True)))
    return (same or -1) if hidden else 0, len(names & set(request.form)) - len(set(request.form) - names)


def _target() -> str:
    return request.root_path + request.path


def _fields(document: Element, form: Element) -> list[Element]:
    """Return the form's fields and buttons, those elsewhere on the page that name it among them."""
    inside = [field for field in form.iter("input", "select", "textarea", "button") if field.get("form") is None]
    if not form.get("id"):
        return inside
    return inside + [
        field for field in document.iter("input", "select", "textarea", "button") if field.get("form") == form.get("id")
    ]


def _fill(fields: Sequence[Element]) -> None:
    """Put in what was typed and chosen. Hidden values stay those of the page as it is now, which its text is about."""
    left = {name: list(values) for name, values in request.form.lists()}
    for field in fields:
        name, kind = field.get("name"), field.get("type") or "text"
        if not name or field.tag == "button":
            continue
        if field.tag == "select":
            _choose(field, request.form.getlist(name))
        elif kind in ("checkbox", "radio"):
            _mark(field, "checked", name != SURE and field.get("value", "on") in request.form.getlist(name))
        elif kind in NEVER_FILLED or not left.get(name):
            continue
        elif field.tag == "textarea":
            field.text = "\n" + _writable(left[name].pop(0))  # a browser leaves out the first line's end
        else:
            field.set("value", _writable(left[name].pop(0)))


def _choose(field: Element, values: Sequence[str]) -> None:
    options = list(field.iter("option"))
    offered = [option.get("value", option.text_content()) for option in options]
    if set(values) <= set(offered):
        for option, value in zip(options, offered, strict=True):
            _mark(option, "selected", value in values)


def _mark(element: Element, attribute: str, is_set: bool) -> None:
    element.attrib.pop(attribute, None)
    if is_set:
        element.set(attribute, "")


def _writable(text: str) -> str:
    """Return the text without what no document may contain: control characters, lone surrogates, noncharacters."""
    return _UNWRITABLE.sub("", text)


def _alert(document: Element, why: str) -> Element:
    """Return the reason as a paragraph that takes the focus when the page has loaded."""
    for element in document.iter("*"):
        element.attrib.pop("autofocus", None)
    alert = html.Element(
        "p", {"class": "notice notice-bad form-refused", "role": "alert", "tabindex": "-1", "autofocus": ""}
    )
    alert.text = _writable(why)
    return alert
