"""Built-in field maps for known senders. Pure."""

from service.moderation.webhooks.field_maps import ActionMap, Condition, FieldMap

CORAL = "coral"
PRESETS: dict[str, FieldMap] = {
    # Our own schema in the envelope of Standard Webhooks: for a CMS that can be taught to speak it.
    "moderato": FieldMap(
        id="data.id", text="data.text", author_id="data.author.id", author_name="data.author.name",
        article_id="data.article_id", article_title="data.article.title", article_url="data.article.url",
        article_section="data.article.section",
        parent_id="data.parent_id", language="data.language", created_at="data.created_at",
        changed_at="data.changed_at",
        action=ActionMap(
            path="type", create=["comment.created"], submit=["comment.edited"], erase=["comment.deleted"],
            restore=["comment.restored"],
        ),
    ),
    # The plugin in docs/integrators/webhooks.md.
    "wordpress": FieldMap(
        id="comment.comment_ID", text="comment.comment_content", html=True, author_id="comment.author_id",
        author_name="comment.comment_author", article_id="comment.comment_post_ID", article_title="post.title",
        article_url="post.url", article_section="post.section", parent_id="comment.comment_parent",
        created_at="comment.comment_date_gmt",
        changed_at="changed_at",
        action=ActionMap(
            path="event", create=["comment_posted"], submit=["comment_edited"],
            erase=["comment_deleted", "comment_trashed"], restore=["comment_untrashed"],
        ),
    ),
    # Events of posts and, for new names, of users.
    "discourse": FieldMap(
        id="post.id", text="post.raw", author_id=["post.user_id", "user.id"],
        author_name=["post.username", "user.username"],
        article_id="post.topic_id", article_title="post.topic_title",
        article_section="post.category_slug", created_at="post.created_at",
        changed_at="post.updated_at",  # a deletion does not move it; events of one time are applied as they come
        action=ActionMap(
            path="@x-discourse-event", create=["post_created"], submit=["post_edited"], erase=["post_destroyed"],
            restore=["post_recovered"], rename=["user_updated"],
        ),
        only=[
            Condition(path="@x-discourse-event-type", values=["post", "user"]),
            Condition(path="post.topic_archetype", unless=["private_message"]),
            # What moderators do to a topic, such as "closed", and whispers among staff.
            Condition(path="post.post_type", unless=["2", "3", "4"]),
        ],
    ),
    # With the NOTIFY_WEBHOOK_TEMPLATE in docs/integrators/webhooks.md.
    "remark42": FieldMap(
        id="id", text=["orig", "text"], author_id="user.id", author_name="user.name", article_id="locator.url",
        article_title="title", article_url="locator.url", parent_id="pid", created_at="time",
    ),
    # Strapi's own content types, and strapi-plugin-comments by the subscriber in docs/integrators/cms.md.
    "strapi": FieldMap(
        id=["entry.documentId", "entry.id"], text=["entry.content", "entry.text"],
        author_id=["entry.authorId", "entry.author.id", "entry.authorUser.id"],
        author_name=["entry.authorName", "entry.author.name", "entry.authorUser.username"],
        article_id=["entry.article.documentId", "entry.article.id", "entry.related[0].id", "entry.related"],
        article_title=["entry.article.title", "entry.related[0].title"],
        article_section=["entry.article.section", "entry.article.category.name"],
        parent_id=["entry.threadOf.documentId", "entry.threadOf.id", "entry.threadOf"],
        created_at="entry.createdAt", changed_at="entry.updatedAt",
        action=ActionMap(
            path=["entry.removed", "event"], create=["entry.create"], submit=["entry.update", "entry.publish"],
            erase=["true", "1", "entry.delete"],  # SQLite and MySQL have 0 and 1 for booleans
        ),
        only=[Condition(path="model", values=["comment"])],
    ),
    # Coral's external moderation phase asks for a verdict at once, at an address of its own, and sends no comment's id:
    # what comes to the address of webhooks is a dead letter.
    CORAL: FieldMap(
        id="comment.id", text="comment.body", html=True, author_id="author.id", article_id="story.id",
        article_url="story.url", parent_id="comment.parentID",
    ),
    # What the module Webhooks sends for comments, as the hooks in docs/integrators/cms.md send it.
    "drupal": FieldMap(
        id="entity.cid[0].value", text=["entity.comment_body[0].processed", "entity.comment_body[0].value"], html=True,
        author_id="entity.uid[0].target_id", author_name="entity.name[0].value",
        article_id="entity.entity_id[0].target_id", article_url="article.url", article_title="article.title",
        parent_id="entity.pid[0].target_id", language="entity.langcode[0].value",
        created_at="entity.created[0].value", changed_at="entity.changed[0].value",
        action=ActionMap(
            path="event", create=["entity:comment:create"], submit=["entity:comment:update"],
            erase=["entity:comment:delete"],
        ),
    ),
    # Waline announces new comments alone.
    "waline": FieldMap(
        id="data.comment.objectId", text=["data.comment.rawComment", "data.comment.comment"],
        author_id="data.comment.user_id", author_name="data.comment.nick", article_id="data.comment.url",
        parent_id="data.comment.pid", created_at="data.comment.insertedAt",
        action=ActionMap(path="type", create=["new_comment"]),
    ),
    # The extension in docs/integrators/cms.md.
    "isso": FieldMap(
        id="comment.id", text="comment.text", author_id="comment.author_id", author_name="comment.author",
        article_id="thread.uri", article_title="thread.title", parent_id="comment.parent",
        created_at="comment.created", changed_at=["changed_at", "comment.modified", "comment.created"],
        action=ActionMap(path="event", create=["comment.new"], submit=["comment.edit"], erase=["comment.delete"]),
    ),
}  # fmt: skip
WANT_200 = frozenset({"remark42"})  # these senders take any other answer, 202 too, for a failure
