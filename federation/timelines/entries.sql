-- subject: what an entry is about, for a post that belongs in timelines: its author, and whom it answers (0: nobody)
SELECT post.actor_id, author.host, coalesce(parent.actor_id, 0) AS parent_author_id
FROM fediflow.posts AS post
JOIN fediflow.actors AS author ON author.tenant_id = post.tenant_id AND author.id = post.actor_id
LEFT JOIN fediflow.posts AS parent ON parent.tenant_id = post.tenant_id AND parent.id = post.in_reply_to_id
WHERE post.tenant_id = cast(:tenant AS bigint)
  AND post.id = cast(:post AS bigint)
  AND post.state = 'published'
  AND post.visibility <> 'direct'
  AND NOT EXISTS (
    SELECT 1 FROM fediflow.held_posts AS held WHERE held.tenant_id = post.tenant_id AND held.post_id = post.id
  )

-- announced: the post of an announce, and by whom
SELECT announce.post_id, announce.actor_id, announcer.host
FROM fediflow.announces AS announce
JOIN fediflow.actors AS announcer ON announcer.tenant_id = announce.tenant_id AND announcer.id = announce.actor_id
WHERE announce.tenant_id = cast(:tenant AS bigint) AND announce.id = cast(:announce AS bigint)

-- enter: an entry for every person of here who follows its source, and for the source itself; whose timelines to cut
WITH reader AS (
  SELECT me.user_id,
    CASE
      WHEN source.kind = 'group' THEN 'group'
      WHEN cast(:announcer AS bigint) IS NOT NULL THEN 'announced'
      ELSE 'followed'
    END AS reason
  FROM fediflow.follows AS follow
  JOIN fediflow.actors AS source ON source.tenant_id = follow.tenant_id AND source.id = follow.followed_id
  JOIN fediflow.actors AS me ON me.tenant_id = follow.tenant_id AND me.id = follow.follower_id
  WHERE follow.tenant_id = cast(:tenant AS bigint)
    AND follow.followed_id = cast(:source AS bigint)
    AND follow.state = 'accepted'
    AND me.user_id IS NOT NULL
    AND me.status = 'active'
    -- an answer is for those who also follow whom it answers
    AND (
      cast(:parent_author AS bigint) IN (0, cast(:source AS bigint), me.id)
      OR EXISTS (
        SELECT 1 FROM fediflow.follows AS also
        WHERE also.tenant_id = me.tenant_id AND also.follower_id = me.id
          AND also.followed_id = cast(:parent_author AS bigint) AND also.state = 'accepted'
      )
    )
    AND NOT EXISTS (
      SELECT 1 FROM fediflow.blocks AS mine
      WHERE mine.tenant_id = me.tenant_id AND mine.actor_id = me.id
        AND mine.blocked_id = ANY (cast(cast(:avoided AS text[]) AS bigint[]))
    )
    AND NOT EXISTS (
      SELECT 1 FROM fediflow.blocks AS theirs
      WHERE theirs.tenant_id = me.tenant_id AND theirs.blocked_id = me.id
        AND theirs.actor_id = ANY (cast(cast(:avoided AS text[]) AS bigint[]))
    )
    AND NOT EXISTS (
      SELECT 1 FROM fediflow.mutes AS mute
      WHERE mute.tenant_id = me.tenant_id AND mute.user_id = me.user_id
        AND mute.muted_id = ANY (cast(cast(:avoided AS text[]) AS bigint[])) AND (mute.until IS NULL OR mute.until > now())
    )
    AND NOT EXISTS (
      SELECT 1 FROM fediflow.muted_domains AS mute
      WHERE mute.tenant_id = me.tenant_id AND mute.user_id = me.user_id
        AND mute.domain = ANY (cast(:avoided_hosts AS text[]))
    )
  UNION ALL
  SELECT source.user_id, 'own'
  FROM fediflow.actors AS source
  WHERE source.tenant_id = cast(:tenant AS bigint)
    AND source.id = cast(:source AS bigint)
    AND source.user_id IS NOT NULL
    AND cast(:announcer AS bigint) IS NULL
),
written AS (
  INSERT INTO fediflow.timeline_entries (tenant_id, user_id, id, post_id, announced_by_id, reason)
  SELECT cast(:tenant AS bigint), reader.user_id, cast(:entry AS bigint), cast(:post AS bigint),
    cast(:announcer AS bigint), reader.reason
  FROM reader
  ON CONFLICT DO NOTHING
  RETURNING user_id
)
-- by lot, so that each entry pays a small part of what cutting costs
SELECT written.user_id
FROM written
WHERE hashint8extended(written.user_id, cast(:entry AS bigint)) % cast(:cut_one_in AS bigint) = 0

-- cut: all but the newest out of these people's timelines
DELETE FROM fediflow.timeline_entries AS entry
USING unnest(cast(cast(:readers AS text[]) AS bigint[])) AS reader (user_id)
CROSS JOIN LATERAL (
  SELECT older.id FROM fediflow.timeline_entries AS older
  WHERE older.tenant_id = cast(:tenant AS bigint) AND older.user_id = reader.user_id
  ORDER BY older.id DESC OFFSET cast(:kept AS bigint)
) AS old
WHERE entry.tenant_id = cast(:tenant AS bigint) AND entry.user_id = reader.user_id AND entry.id = old.id

-- enter_past: the newest of what somebody wrote and announced, each at its place, for who begins to follow them
WITH brought AS (
  (
    SELECT post.id AS entry_id, post.id AS post_id, cast(NULL AS bigint) AS announced_by_id,
      post.actor_id AS author_id, coalesce(parent.actor_id, 0) AS parent_author_id
    FROM fediflow.posts AS post
    LEFT JOIN fediflow.posts AS parent ON parent.tenant_id = post.tenant_id AND parent.id = post.in_reply_to_id
    WHERE post.tenant_id = cast(:tenant AS bigint) AND post.actor_id = cast(:followed AS bigint)
      AND post.state = 'published' AND post.visibility <> 'direct'
    ORDER BY post.id DESC
    LIMIT cast(:most AS bigint)
  )
  UNION ALL
  (
    SELECT announce.id, announce.post_id, announce.actor_id, post.actor_id, 0
    FROM fediflow.announces AS announce
    JOIN fediflow.posts AS post ON post.tenant_id = announce.tenant_id AND post.id = announce.post_id
    WHERE announce.tenant_id = cast(:tenant AS bigint) AND announce.actor_id = cast(:followed AS bigint)
      AND post.state = 'published' AND post.visibility <> 'direct'
    ORDER BY announce.id DESC
    LIMIT cast(:most AS bigint)
  )
)
INSERT INTO fediflow.timeline_entries (tenant_id, user_id, id, post_id, announced_by_id, reason)
SELECT me.tenant_id, me.user_id, brought.entry_id, brought.post_id, brought.announced_by_id,
  CASE
    WHEN source.kind = 'group' THEN 'group'
    WHEN brought.announced_by_id IS NOT NULL THEN 'announced'
    ELSE 'followed'
  END
FROM fediflow.follows AS follow
JOIN fediflow.actors AS me ON me.tenant_id = follow.tenant_id AND me.id = follow.follower_id
JOIN fediflow.actors AS source ON source.tenant_id = follow.tenant_id AND source.id = follow.followed_id
CROSS JOIN (SELECT * FROM brought ORDER BY entry_id DESC LIMIT cast(:most AS bigint)) AS brought
JOIN fediflow.actors AS author ON author.tenant_id = follow.tenant_id AND author.id = brought.author_id
WHERE follow.tenant_id = cast(:tenant AS bigint)
  AND follow.follower_id = cast(:follower AS bigint)
  AND follow.followed_id = cast(:followed AS bigint)
  AND follow.state = 'accepted'
  AND me.user_id IS NOT NULL
  AND (
    brought.parent_author_id IN (0, source.id, me.id)
    OR EXISTS (
      SELECT 1 FROM fediflow.follows AS also
      WHERE also.tenant_id = me.tenant_id AND also.follower_id = me.id
        AND also.followed_id = brought.parent_author_id AND also.state = 'accepted'
    )
  )
  AND NOT EXISTS (
    SELECT 1 FROM fediflow.held_posts AS held
    WHERE held.tenant_id = me.tenant_id AND held.post_id = brought.post_id
  )
  AND NOT EXISTS (
    SELECT 1 FROM fediflow.blocks AS block
    WHERE block.tenant_id = me.tenant_id
      AND ((block.actor_id = me.id AND block.blocked_id IN (author.id, source.id))
        OR (block.blocked_id = me.id AND block.actor_id IN (author.id, source.id)))
  )
  AND NOT EXISTS (
    SELECT 1 FROM fediflow.mutes AS mute
    WHERE mute.tenant_id = me.tenant_id AND mute.user_id = me.user_id
      AND mute.muted_id IN (author.id, source.id) AND (mute.until IS NULL OR mute.until > now())
  )
  AND NOT EXISTS (
    SELECT 1 FROM fediflow.muted_domains AS mute
    WHERE mute.tenant_id = me.tenant_id AND mute.user_id = me.user_id AND mute.domain IN (author.host, source.host)
  )
ON CONFLICT DO NOTHING

-- remove_post: a post out of all timelines
DELETE FROM fediflow.timeline_entries AS entry
WHERE entry.tenant_id = cast(:tenant AS bigint) AND entry.post_id = cast(:post AS bigint)

-- remove_announce: a post out of the timelines where this announce had brought it
DELETE FROM fediflow.timeline_entries AS entry
WHERE entry.tenant_id = cast(:tenant AS bigint)
  AND entry.post_id = cast(:post AS bigint)
  AND entry.announced_by_id = cast(:announcer AS bigint)

-- remove_followed: what somebody brought out of a timeline, unless it stands there also because of somebody else
DELETE FROM fediflow.timeline_entries AS entry
USING fediflow.actors AS me, fediflow.posts AS post
WHERE me.tenant_id = cast(:tenant AS bigint)
  AND me.id = cast(:follower AS bigint)
  AND entry.tenant_id = me.tenant_id
  AND entry.user_id = me.user_id
  AND entry.reason <> 'own'
  AND post.tenant_id = entry.tenant_id
  AND post.id = entry.post_id
  AND cast(:followed AS bigint) IN (post.actor_id, entry.announced_by_id)
  AND NOT EXISTS (
    SELECT 1 FROM fediflow.follows AS other
    WHERE other.tenant_id = me.tenant_id AND other.follower_id = me.id AND other.state = 'accepted'
      AND other.followed_id IN (post.actor_id, post.group_id, entry.announced_by_id)
  )
