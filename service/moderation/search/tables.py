"""The tables of the index of words (migration `finding`), which only `service.moderation.search` reads and writes.

`search_todo` has what is to be read again, `search_words` the words of each comment. A comment has a number: its place
in a block of its site. A posting lists for a block and a word which places have the word.
"""

from sqlalchemy import BigInteger, String, Text, column, table
from sqlalchemy.types import UserDefinedType


class Bytes(UserDefinedType[bytes]):
    """Bytes as the drivers take and give them; preparing each as `LargeBinary` does took half the time of `fold`."""

    cache_ok = True


TODO = table("search_todo", column("number", BigInteger), column("comment_id", String))
WORDS = table("search_words", column("number", BigInteger), column("comment_id", String), column("words", Text))
BLOCK = table("search_block", column("number", BigInteger), column("site_id", String), column("filled", BigInteger))
POSTING = table("search_posting", column("block", BigInteger), column("word", Bytes), column("members", Bytes))
