-- post: what a new post means for its conversation
SELECT post.conversation_id, post.actor_id, post.visibility, post.in_reply_to_id IS NOT NULL AS is_answer,
  parent.actor_id AS parent_author_id
FROM fediflow.posts AS post
LEFT JOIN fediflow.posts AS parent ON parent.tenant_id = post.tenant_id AND parent.id = post.in_reply_to_id
WHERE post.tenant_id = cast(:tenant AS bigint) AND post.id = cast(:post AS bigint) AND post.state = 'published'

-- join: the author, those whom a post is for, and whom it answers are part of its conversation, as far as they are of here
INSERT INTO fediflow.conversation_members (tenant_id, user_id, id, last_post_id, is_read, participants)
SELECT one.tenant_id, one.user_id, cast(:conversation AS bigint), cast(:post AS bigint),
  one.id = cast(:author AS bigint), cast(cast(:participants AS text[]) AS bigint[])
FROM fediflow.actors AS one
WHERE one.tenant_id = cast(:tenant AS bigint)
  AND one.id = ANY (cast(cast(:participants AS text[]) AS bigint[]))
  AND one.user_id IS NOT NULL
  AND NOT EXISTS (
    SELECT 1 FROM fediflow.blocks AS block
    WHERE block.tenant_id = one.tenant_id
      AND ((block.actor_id = one.id AND block.blocked_id = cast(:author AS bigint))
        OR (block.blocked_id = one.id AND block.actor_id = cast(:author AS bigint)))
  )
ON CONFLICT (tenant_id, user_id, id) DO UPDATE SET
  last_post_id = greatest(conversation_members.last_post_id, excluded.last_post_id),
  is_read = excluded.is_read,
  participants = conversation_members.participants || ARRAY(
    SELECT new FROM unnest(excluded.participants) AS new
    WHERE new <> ALL (conversation_members.participants)
    LIMIT greatest(100 - cardinality(conversation_members.participants), 0)
  )

-- go_on: for everybody else who is part of it the conversation goes on, where all of them may see the post
UPDATE fediflow.conversation_members AS member
SET last_post_id = cast(:post AS bigint), is_read = false
WHERE member.tenant_id = cast(:tenant AS bigint)
  AND member.id = cast(:conversation AS bigint)
  AND member.last_post_id < cast(:post AS bigint)

-- go_back: where the newest post of a conversation was deleted, the one before it is the newest
WITH former AS (
  SELECT member.user_id, member.id,
    (
      SELECT max(post.id)
      FROM fediflow.posts AS post
      WHERE post.tenant_id = member.tenant_id AND post.conversation_id = member.id AND post.state = 'published'
        AND (
          post.visibility IN ('public', 'unlisted', 'tenant')
          OR post.actor_id = me.id
          OR EXISTS (
            SELECT 1 FROM fediflow.post_mentions AS mention
            WHERE mention.tenant_id = post.tenant_id AND mention.post_id = post.id AND mention.actor_id = me.id
          )
        )
    ) AS last_post_id
  FROM fediflow.conversation_members AS member
  JOIN fediflow.actors AS me ON me.tenant_id = member.tenant_id AND me.user_id = member.user_id
  WHERE member.tenant_id = cast(:tenant AS bigint) AND member.last_post_id = cast(:post AS bigint)
),
gone AS (
  DELETE FROM fediflow.conversation_members AS member
  USING former
  WHERE member.tenant_id = cast(:tenant AS bigint) AND member.user_id = former.user_id AND member.id = former.id
    AND former.last_post_id IS NULL
)
UPDATE fediflow.conversation_members AS member
SET last_post_id = former.last_post_id
FROM former
WHERE member.tenant_id = cast(:tenant AS bigint) AND member.user_id = former.user_id AND member.id = former.id
  AND former.last_post_id IS NOT NULL
