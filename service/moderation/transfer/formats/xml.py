"""XML element by element, in bounded memory: no entities, no document type, no network."""

from collections.abc import Iterator
from typing import Any

from lxml import etree

from service.errors import Malformed
from service.moderation.transfer.formats.files import Input, WithoutControls


def elements(source: Input, *names: str) -> Iterator[Any]:
    """Yield each element of these names, of any namespace, once it is read to its end; the caller must `forget` it.

    Raise Malformed for XML that is not well-formed, and for a document type: no export has one, and entities that
    refer to each other fill any memory.
    """
    found = etree.iterparse(
        WithoutControls(source.stream), events=("end",), tag=[f"{{*}}{name}" for name in names],
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        for _, element in found:
            if element.getroottree().docinfo.internalDTD is not None:
                raise Malformed("The file declares a document type, which no export has; remove its DOCTYPE line.")
            yield element
    except etree.XMLSyntaxError as error:
        raise Malformed(f"The XML is not well-formed at line {error.lineno}; what was read before stays.") from None


def words(element: Any, name: str, /) -> str:
    """Return the text of the element's child of that name, "" where there is none."""
    return element.findtext(f"{{*}}{name}") or ""


def name_of(element: Any, /) -> str:
    """Return the element's name without its namespace."""
    return str(etree.QName(element).localname)


def forget(element: Any, /) -> None:
    """Empty an element that has been dealt with, and remove what was before it: otherwise the whole tree stays."""
    element.clear(keep_tail=True)
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
