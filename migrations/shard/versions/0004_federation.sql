SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '60s';

CREATE TABLE fediflow.activities (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    address TEXT NOT NULL,
    type TEXT NOT NULL,
    actor_id BIGINT NOT NULL,
    is_local BOOLEAN NOT NULL,
    visibility TEXT NOT NULL,
    object_address TEXT,
    object_type TEXT,
    post_id BIGINT,
    object_actor_id BIGINT,
    document TEXT NOT NULL,
    published_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT activities_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT activities_type_check CHECK (type in ('Follow', 'Accept', 'Reject', 'Undo', 'Create', 'Update', 'Delete', 'Like', 'Announce', 'Block', 'Flag', 'Add', 'Remove', 'Move', 'Join', 'Leave', 'Invite', 'TentativeAccept')),
    CONSTRAINT activities_visibility_check CHECK (visibility in ('public', 'unlisted', 'followers', 'tenant', 'direct'))
)
 PARTITION BY RANGE (id);

CREATE INDEX activities_actor_id_id_idx ON fediflow.activities (tenant_id, actor_id, id);

CREATE INDEX activities_object_actor_id_id_idx ON fediflow.activities (tenant_id, object_actor_id, id);

CREATE INDEX activities_post_id_id_idx ON fediflow.activities (tenant_id, post_id, id);

CREATE INDEX activities_published_at_id_idx ON fediflow.activities (tenant_id, published_at, id);

CREATE INDEX activities_type_id_idx ON fediflow.activities (tenant_id, type, id);

CREATE TABLE fediflow.activity_addresses (
    tenant_id BIGINT NOT NULL,
    address TEXT NOT NULL,
    activity_id BIGINT NOT NULL,
    CONSTRAINT activity_addresses_pkey PRIMARY KEY (tenant_id, address),
    CONSTRAINT activity_addresses_address_check CHECK (length(address) between 4 and 2048)
);

CREATE INDEX activity_addresses_activity_id_idx ON fediflow.activity_addresses (tenant_id, activity_id);

CREATE TABLE fediflow.data_keys (
    tenant_id BIGINT NOT NULL,
    key_id SMALLINT NOT NULL,
    wrapped BYTEA NOT NULL,
    wrapped_by TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    retired_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT data_keys_pkey PRIMARY KEY (tenant_id, key_id),
    CONSTRAINT data_keys_key_id_check CHECK (key_id > 0)
);

CREATE TABLE fediflow.dead_letters (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    host TEXT NOT NULL,
    inbox TEXT NOT NULL,
    activity_id BIGINT NOT NULL,
    signer_id BIGINT NOT NULL,
    class SMALLINT NOT NULL,
    object_key BIGINT,
    object_effect SMALLINT DEFAULT 0 NOT NULL,
    attempts SMALLINT NOT NULL,
    end_reason TEXT NOT NULL,
    last_status SMALLINT,
    last_error TEXT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    died_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT dead_letters_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT dead_letters_end_reason_check CHECK (end_reason in ('refused', 'expired', 'gone', 'blocked', 'cancelled'))
);

CREATE INDEX dead_letters_died_at_idx ON fediflow.dead_letters (died_at);

CREATE INDEX dead_letters_tenant_id_host_id_idx ON fediflow.dead_letters (tenant_id, host, id);

CREATE TABLE fediflow.deliveries (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    host TEXT NOT NULL,
    inbox TEXT NOT NULL,
    activity_id BIGINT NOT NULL,
    signer_id BIGINT NOT NULL,
    class SMALLINT DEFAULT 1 NOT NULL,
    object_key BIGINT,
    object_effect SMALLINT DEFAULT 0 NOT NULL,
    attempts SMALLINT DEFAULT 0 NOT NULL,
    not_before TIMESTAMP WITH TIME ZONE,
    last_status SMALLINT,
    last_error TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT deliveries_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT deliveries_class_check CHECK (class between 0 and 2),
    CONSTRAINT deliveries_object_effect_check CHECK (object_effect between 0 and 2)
)
 PARTITION BY RANGE (id);

CREATE INDEX deliveries_host_idx ON fediflow.deliveries (host, class, tenant_id, id);

CREATE INDEX deliveries_object_idx ON fediflow.deliveries (tenant_id, object_key, hashtext(inbox)) WHERE object_key is not null;

CREATE TABLE fediflow.delivery_commands (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    command TEXT NOT NULL,
    subject TEXT NOT NULL,
    requested_by_id BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    done_at TIMESTAMP WITH TIME ZONE,
    affected INTEGER,
    CONSTRAINT delivery_commands_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT delivery_commands_command_check CHECK (command in ('retry_host', 'pause_host', 'resume_host', 'replay_dead_letters', 'cancel_delivery'))
);

CREATE INDEX delivery_commands_waiting_idx ON fediflow.delivery_commands (id) WHERE done_at is null;

CREATE TABLE fediflow.domain_policies (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    domain TEXT NOT NULL,
    action TEXT NOT NULL,
    policy_reason TEXT,
    set_by_id BIGINT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT domain_policies_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT domain_policies_action_check CHECK (action in ('allow', 'limit', 'block')),
    CONSTRAINT domain_policies_domain_check CHECK (domain ~ '^[a-z0-9.:-]+$' and length(domain) <= 300)
);

CREATE INDEX domain_policies_action_domain_idx ON fediflow.domain_policies (tenant_id, action, domain);

CREATE UNIQUE INDEX domain_policies_domain_key ON fediflow.domain_policies (tenant_id, domain);

CREATE TABLE fediflow.federation_settings (
    tenant_id BIGINT NOT NULL,
    mode TEXT DEFAULT 'open' NOT NULL,
    requires_signed_fetch TEXT DEFAULT 'never' NOT NULL,
    links_of_strangers INTEGER DEFAULT 5 NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT federation_settings_pkey PRIMARY KEY (tenant_id),
    CONSTRAINT federation_settings_mode_check CHECK (mode in ('open', 'allow_list', 'limited', 'closed')),
    CONSTRAINT federation_settings_requires_signed_fetch_check CHECK (requires_signed_fetch in ('never', 'objects', 'everything'))
);

CREATE TABLE fediflow.host_lanes (
    host TEXT NOT NULL,
    next_due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    is_put_off BOOLEAN DEFAULT false NOT NULL,
    lease_until TIMESTAMP WITH TIME ZONE,
    leased_by TEXT,
    failures INTEGER DEFAULT 0 NOT NULL,
    failing_since TIMESTAMP WITH TIME ZONE,
    last_tenant_id BIGINT,
    CONSTRAINT host_lanes_pkey PRIMARY KEY (host)
);

CREATE TABLE fediflow.identity_changes (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    identity_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    change TEXT NOT NULL,
    changed_by_id BIGINT,
    change_reason TEXT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT identity_changes_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT identity_changes_kind_check CHECK (kind in ('oidc_subject', 'saml_subject', 'activitypub_actor', 'eduperson_subject_id', 'eduperson_pairwise_id', 'eduperson_principal_name', 'schac_home_organization', 'european_student_identifier')),
    CONSTRAINT identity_changes_change_check CHECK (change in ('linked', 'verified', 'unlinked', 'claimed', 'merged', 'rejected'))
);

CREATE INDEX identity_changes_identity_id_id_idx ON fediflow.identity_changes (tenant_id, identity_id, id);

CREATE INDEX identity_changes_user_id_id_idx ON fediflow.identity_changes (tenant_id, user_id, id);

CREATE TABLE fediflow.moderation_actions (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    action TEXT NOT NULL,
    actor_id BIGINT,
    post_id BIGINT,
    domain TEXT,
    setting TEXT,
    value_before TEXT,
    value_after TEXT,
    report_id BIGINT,
    moderation_reason TEXT DEFAULT '' NOT NULL,
    moderator_id BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT moderation_actions_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT moderation_actions_action_check CHECK (action in ('limit_actor', 'suspend_actor', 'restore_actor', 'delete_post', 'limit_host', 'block_host', 'restore_host', 'allow_host', 'resolve_report', 'dismiss_report', 'release_post', 'change_settings'))
);

CREATE INDEX moderation_actions_actor_id_id_idx ON fediflow.moderation_actions (tenant_id, actor_id, id);

CREATE INDEX moderation_actions_report_id_id_idx ON fediflow.moderation_actions (tenant_id, report_id, id);

CREATE TABLE fediflow.openid_providers (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    name TEXT NOT NULL,
    issuer TEXT NOT NULL,
    client_id TEXT NOT NULL,
    client_secret BYTEA,
    requested_scopes TEXT[] DEFAULT '{openid,profile,email}' NOT NULL,
    provisioning TEXT NOT NULL,
    matching JSONB,
    asserted_scopes TEXT[] DEFAULT '{}' NOT NULL,
    never_reassigns BOOLEAN DEFAULT false NOT NULL,
    is_enabled BOOLEAN DEFAULT true NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT openid_providers_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT openid_providers_tenant_id_issuer_client_id_key UNIQUE (tenant_id, issuer, client_id),
    CONSTRAINT openid_providers_provisioning_check CHECK (provisioning in ('just_in_time', 'external_id', 'invitation')),
    CONSTRAINT openid_providers_matching_check CHECK ((provisioning = 'external_id') = (matching is not null))
);

CREATE TABLE fediflow.due_emails (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT due_emails_pkey PRIMARY KEY (tenant_id, id)
);

CREATE INDEX due_emails_tenant_id_due_at_idx ON fediflow.due_emails (tenant_id, due_at);

CREATE TABLE fediflow.key_switches (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    actor_id BIGINT NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT key_switches_pkey PRIMARY KEY (tenant_id, id)
);

CREATE INDEX key_switches_due_at_idx ON fediflow.key_switches (due_at);

CREATE TABLE fediflow.scheduled_drafts (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    draft_id BIGINT NOT NULL,
    publish_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT scheduled_drafts_pkey PRIMARY KEY (tenant_id, id)
);

CREATE INDEX scheduled_drafts_publish_at_idx ON fediflow.scheduled_drafts (publish_at);

CREATE TABLE fediflow.tenant_hosts (
    tenant_id BIGINT NOT NULL,
    host TEXT NOT NULL,
    delivered BIGINT DEFAULT 0 NOT NULL,
    failed BIGINT DEFAULT 0 NOT NULL,
    latency_ms DOUBLE PRECISION,
    last_success_at TIMESTAMP WITH TIME ZONE,
    last_failure_at TIMESTAMP WITH TIME ZONE,
    last_error TEXT,
    paused_at TIMESTAMP WITH TIME ZONE,
    paused_by_id BIGINT,
    state TEXT DEFAULT 'open' NOT NULL,
    software TEXT,
    software_version TEXT,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT tenant_hosts_pkey PRIMARY KEY (tenant_id, host)
);

CREATE TABLE fediflow.federation_identities (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    issuer TEXT DEFAULT '' NOT NULL,
    name_identifier_type TEXT,
    identity_value TEXT,
    encrypted_value BYTEA,
    lookup_key TEXT NOT NULL,
    actor_address TEXT,
    actor_instance TEXT,
    actor_public_key TEXT,
    verified_at TIMESTAMP WITH TIME ZONE,
    verified_by TEXT,
    last_used_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT federation_identities_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT federation_identities_tenant_id_user_id_fkey FOREIGN KEY(tenant_id, user_id) REFERENCES fediflow.users (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT federation_identities_tenant_id_kind_issuer_lookup_key_key UNIQUE (tenant_id, kind, issuer, lookup_key),
    CONSTRAINT federation_identities_kind_check CHECK (kind in ('oidc_subject', 'saml_subject', 'activitypub_actor', 'eduperson_subject_id', 'eduperson_pairwise_id', 'eduperson_principal_name', 'schac_home_organization', 'european_student_identifier')),
    CONSTRAINT federation_identities_verified_by_check CHECK (verified_by in ('provider', 'signed_activity', 'rel_me', 'administrator', 'import')),
    CONSTRAINT federation_identities_one_value_check CHECK (num_nonnulls(identity_value, encrypted_value) = 1)
);

CREATE INDEX federation_identities_user_id_id_idx ON fediflow.federation_identities (tenant_id, user_id, id);

CREATE TABLE fediflow.identity_proofs (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    actor_address TEXT NOT NULL,
    code_hash TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT identity_proofs_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT identity_proofs_tenant_id_user_id_fkey FOREIGN KEY(tenant_id, user_id) REFERENCES fediflow.users (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT identity_proofs_tenant_id_code_hash_key UNIQUE (tenant_id, code_hash)
);

CREATE INDEX identity_proofs_expires_at_idx ON fediflow.identity_proofs (tenant_id, expires_at);

CREATE INDEX identity_proofs_user_id_id_idx ON fediflow.identity_proofs (tenant_id, user_id, id);

CREATE TABLE fediflow.invitations (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    secret_hash TEXT NOT NULL,
    created_by_id BIGINT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT invitations_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT invitations_tenant_id_user_id_fkey FOREIGN KEY(tenant_id, user_id) REFERENCES fediflow.users (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT invitations_tenant_id_secret_hash_key UNIQUE (tenant_id, secret_hash)
);

CREATE INDEX invitations_user_id_id_idx ON fediflow.invitations (tenant_id, user_id, id);

CREATE TABLE fediflow.muted_domains (
    tenant_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    domain TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT muted_domains_pkey PRIMARY KEY (tenant_id, user_id, domain),
    CONSTRAINT muted_domains_tenant_id_user_id_fkey FOREIGN KEY(tenant_id, user_id) REFERENCES fediflow.users (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE fediflow.notification_emails (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    is_digest BOOLEAN NOT NULL,
    state TEXT DEFAULT 'waiting' NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    attempts SMALLINT DEFAULT 0 NOT NULL,
    last_error TEXT,
    message_id TEXT NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT notification_emails_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT notification_emails_tenant_id_user_id_fkey FOREIGN KEY(tenant_id, user_id) REFERENCES fediflow.users (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT notification_emails_state_check CHECK (state in ('waiting', 'sending', 'sent', 'failed', 'dropped')),
    CONSTRAINT notification_emails_attempts_check CHECK (attempts between 0 and 100)
);

CREATE INDEX notification_emails_state_due_at_id_idx ON fediflow.notification_emails (tenant_id, state, due_at, id);

CREATE INDEX notification_emails_user_id_id_idx ON fediflow.notification_emails (tenant_id, user_id, id);

CREATE TABLE fediflow.notification_preferences (
    tenant_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    in_app BOOLEAN NOT NULL,
    email TEXT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT notification_preferences_pkey PRIMARY KEY (tenant_id, user_id, kind),
    CONSTRAINT notification_preferences_tenant_id_user_id_fkey FOREIGN KEY(tenant_id, user_id) REFERENCES fediflow.users (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT notification_preferences_kind_check CHECK (kind in ('follow', 'follow_request', 'follow_accepted', 'mention', 'reply', 'like', 'announce', 'course_announcement', 'direct_message', 'request_decided', 'promoted', 'seat_offered', 'offering_changed', 'offering_cancelled', 'import_finished', 'report_filed', 'identity_conflict', 'moved')),
    CONSTRAINT notification_preferences_email_check CHECK (email in ('at_once', 'daily', 'never'))
);

CREATE TABLE fediflow.openid_flows (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    provider_id BIGINT NOT NULL,
    state_hash TEXT NOT NULL,
    binding_hash TEXT,
    nonce TEXT,
    code_verifier BYTEA,
    return_to TEXT NOT NULL,
    linking_user_id BIGINT,
    invitation_hash TEXT,
    completion_challenge TEXT,
    completion_hash TEXT,
    signed_in_user_id BIGINT,
    claims BYTEA,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    completed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT openid_flows_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT openid_flows_tenant_id_provider_id_fkey FOREIGN KEY(tenant_id, provider_id) REFERENCES fediflow.openid_providers (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT openid_flows_tenant_id_state_hash_key UNIQUE (tenant_id, state_hash),
    CONSTRAINT openid_flows_tenant_id_completion_hash_key UNIQUE (tenant_id, completion_hash)
);

CREATE INDEX openid_flows_expires_at_idx ON fediflow.openid_flows (tenant_id, expires_at);

CREATE TABLE fediflow.actors (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    address TEXT NOT NULL,
    kind TEXT NOT NULL,
    is_local BOOLEAN NOT NULL,
    user_id BIGINT,
    course_id BIGINT,
    org_unit_id BIGINT,
    host TEXT NOT NULL,
    preferred_username TEXT NOT NULL,
    username_key TEXT NOT NULL,
    display_name TEXT DEFAULT '' NOT NULL,
    biography TEXT DEFAULT '' NOT NULL,
    avatar_url TEXT,
    profile_url TEXT,
    inbox TEXT,
    shared_inbox TEXT,
    outbox TEXT,
    followers_address TEXT,
    also_known_as TEXT[] DEFAULT '{}' NOT NULL,
    moved_to TEXT,
    attachments JSONB DEFAULT '[]' NOT NULL,
    exposed TEXT[] DEFAULT '{}' NOT NULL,
    is_discoverable BOOLEAN DEFAULT false NOT NULL,
    approves_followers BOOLEAN DEFAULT false NOT NULL,
    status TEXT DEFAULT 'active' NOT NULL,
    restriction TEXT DEFAULT 'none' NOT NULL,
    followers_count INTEGER DEFAULT 0 NOT NULL,
    following_count INTEGER DEFAULT 0 NOT NULL,
    posts_count INTEGER DEFAULT 0 NOT NULL,
    fetched_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT actors_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT actors_tenant_id_address_key UNIQUE (tenant_id, address),
    CONSTRAINT actors_tenant_id_user_id_fkey FOREIGN KEY(tenant_id, user_id) REFERENCES fediflow.users (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT actors_tenant_id_course_id_fkey FOREIGN KEY(tenant_id, course_id) REFERENCES fediflow.courses (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT actors_tenant_id_org_unit_id_fkey FOREIGN KEY(tenant_id, org_unit_id) REFERENCES fediflow.org_units (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT actors_kind_check CHECK (kind in ('person', 'group', 'organization', 'service', 'application')),
    CONSTRAINT actors_status_check CHECK (status in ('active', 'moved', 'withdrawn', 'gone')),
    CONSTRAINT actors_restriction_check CHECK (restriction in ('none', 'limited', 'suspended')),
    CONSTRAINT actors_owner_check CHECK (num_nonnulls(user_id, course_id, org_unit_id) <= 1),
    CONSTRAINT actors_remote_check CHECK (is_local or num_nonnulls(user_id, course_id, org_unit_id) = 0),
    CONSTRAINT actors_inbox_check CHECK (is_local or inbox is not null),
    CONSTRAINT actors_address_check CHECK (length(address) between 8 and 2048)
);

CREATE UNIQUE INDEX actors_course_id_key ON fediflow.actors (tenant_id, course_id) WHERE course_id is not null;

CREATE INDEX actors_host_id_idx ON fediflow.actors (tenant_id, host, id);

CREATE INDEX actors_is_local_fetched_at_id_idx ON fediflow.actors (tenant_id, is_local, fetched_at, id);

CREATE UNIQUE INDEX actors_org_unit_id_key ON fediflow.actors (tenant_id, org_unit_id) WHERE org_unit_id is not null;

CREATE INDEX actors_updated_at_id_idx ON fediflow.actors (tenant_id, updated_at, id);

CREATE UNIQUE INDEX actors_user_id_key ON fediflow.actors (tenant_id, user_id) WHERE user_id is not null;

CREATE UNIQUE INDEX actors_username_key_host_key ON fediflow.actors (tenant_id, username_key, host);

CREATE TABLE fediflow.identity_conflicts (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    identity_id BIGINT NOT NULL,
    holder_id BIGINT NOT NULL,
    claimant_id BIGINT,
    claim TEXT,
    state TEXT DEFAULT 'open' NOT NULL,
    decision_reason TEXT,
    decided_by_id BIGINT,
    decided_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT identity_conflicts_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT identity_conflicts_tenant_id_identity_id_fkey FOREIGN KEY(tenant_id, identity_id) REFERENCES fediflow.federation_identities (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT identity_conflicts_tenant_id_holder_id_fkey FOREIGN KEY(tenant_id, holder_id) REFERENCES fediflow.users (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT identity_conflicts_tenant_id_claimant_id_fkey FOREIGN KEY(tenant_id, claimant_id) REFERENCES fediflow.users (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT identity_conflicts_state_check CHECK (state in ('open', 'merged', 'rejected')),
    CONSTRAINT identity_conflicts_decided_check CHECK ((state = 'open') = (decided_at is null))
);

CREATE UNIQUE INDEX identity_conflicts_identity_id_claimant_id_key ON fediflow.identity_conflicts (tenant_id, identity_id, claimant_id) WHERE state = 'open';

CREATE INDEX identity_conflicts_state_id_idx ON fediflow.identity_conflicts (tenant_id, state, id);

CREATE TABLE fediflow.actor_keys (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    actor_id BIGINT NOT NULL,
    algorithm TEXT NOT NULL,
    fragment TEXT NOT NULL,
    public_key TEXT NOT NULL,
    private_key BYTEA NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    signs_until TIMESTAMP WITH TIME ZONE,
    published_until TIMESTAMP WITH TIME ZONE,
    CONSTRAINT actor_keys_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT actor_keys_tenant_id_actor_id_fkey FOREIGN KEY(tenant_id, actor_id) REFERENCES fediflow.actors (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT actor_keys_algorithm_check CHECK (algorithm in ('rsa', 'ed25519')),
    CONSTRAINT actor_keys_tenant_id_actor_id_fragment_key UNIQUE (tenant_id, actor_id, fragment)
);

CREATE TABLE fediflow.actor_moves (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    actor_id BIGINT NOT NULL,
    target_address TEXT NOT NULL,
    followers_moved INTEGER DEFAULT 0 NOT NULL,
    attempts SMALLINT DEFAULT 0 NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT actor_moves_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT actor_moves_tenant_id_actor_id_fkey FOREIGN KEY(tenant_id, actor_id) REFERENCES fediflow.actors (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX actor_moves_actor_id_id_idx ON fediflow.actor_moves (tenant_id, actor_id, id);

CREATE TABLE fediflow.blocks (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    actor_id BIGINT NOT NULL,
    blocked_id BIGINT NOT NULL,
    activity_address TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT blocks_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT blocks_tenant_id_actor_id_fkey FOREIGN KEY(tenant_id, actor_id) REFERENCES fediflow.actors (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT blocks_tenant_id_blocked_id_fkey FOREIGN KEY(tenant_id, blocked_id) REFERENCES fediflow.actors (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT blocks_tenant_id_actor_id_blocked_id_key UNIQUE (tenant_id, actor_id, blocked_id)
);

CREATE INDEX blocks_activity_address_idx ON fediflow.blocks (tenant_id, activity_address);

CREATE INDEX blocks_actor_id_id_idx ON fediflow.blocks (tenant_id, actor_id, id);

CREATE INDEX blocks_blocked_id_actor_id_idx ON fediflow.blocks (tenant_id, blocked_id, actor_id);

CREATE TABLE fediflow.follows (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    follower_id BIGINT NOT NULL,
    followed_id BIGINT NOT NULL,
    state TEXT NOT NULL,
    activity_address TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT follows_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT follows_tenant_id_follower_id_fkey FOREIGN KEY(tenant_id, follower_id) REFERENCES fediflow.actors (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT follows_tenant_id_followed_id_fkey FOREIGN KEY(tenant_id, followed_id) REFERENCES fediflow.actors (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT follows_tenant_id_follower_id_followed_id_key UNIQUE (tenant_id, follower_id, followed_id),
    CONSTRAINT follows_state_check CHECK (state in ('pending', 'accepted', 'rejected')),
    CONSTRAINT follows_another_check CHECK (follower_id <> followed_id)
);

CREATE INDEX follows_activity_address_idx ON fediflow.follows (tenant_id, activity_address);

CREATE INDEX follows_followed_id_state_id_idx ON fediflow.follows (tenant_id, followed_id, state, id);

CREATE INDEX follows_follower_id_followed_id_state_id_idx ON fediflow.follows (tenant_id, follower_id, followed_id, state, id);

CREATE INDEX follows_follower_id_state_id_idx ON fediflow.follows (tenant_id, follower_id, state, id);

CREATE TABLE fediflow.group_moderators (
    tenant_id BIGINT NOT NULL,
    group_id BIGINT NOT NULL,
    actor_id BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT group_moderators_pkey PRIMARY KEY (tenant_id, group_id, actor_id),
    CONSTRAINT group_moderators_tenant_id_group_id_fkey FOREIGN KEY(tenant_id, group_id) REFERENCES fediflow.actors (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT group_moderators_tenant_id_actor_id_fkey FOREIGN KEY(tenant_id, actor_id) REFERENCES fediflow.actors (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE fediflow.mutes (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    muted_id BIGINT NOT NULL,
    until TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT mutes_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT mutes_tenant_id_user_id_fkey FOREIGN KEY(tenant_id, user_id) REFERENCES fediflow.users (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT mutes_tenant_id_muted_id_fkey FOREIGN KEY(tenant_id, muted_id) REFERENCES fediflow.actors (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT mutes_tenant_id_user_id_muted_id_key UNIQUE (tenant_id, user_id, muted_id)
);

CREATE INDEX mutes_muted_id_user_id_idx ON fediflow.mutes (tenant_id, muted_id, user_id);

CREATE INDEX mutes_user_id_id_idx ON fediflow.mutes (tenant_id, user_id, id);

CREATE INDEX mutes_user_id_muted_id_until_idx ON fediflow.mutes (tenant_id, user_id, muted_id, until);

CREATE TABLE fediflow.post_drafts (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    actor_id BIGINT NOT NULL,
    state TEXT NOT NULL,
    publish_at TIMESTAMP WITH TIME ZONE,
    document JSONB NOT NULL,
    problem TEXT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT post_drafts_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT post_drafts_tenant_id_user_id_fkey FOREIGN KEY(tenant_id, user_id) REFERENCES fediflow.users (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT post_drafts_tenant_id_actor_id_fkey FOREIGN KEY(tenant_id, actor_id) REFERENCES fediflow.actors (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT post_drafts_state_check CHECK (state in ('draft', 'scheduled')),
    CONSTRAINT post_drafts_publish_at_check CHECK ((state = 'scheduled') = (publish_at is not null))
);

CREATE INDEX post_drafts_state_publish_at_id_idx ON fediflow.post_drafts (tenant_id, state, publish_at, id);

CREATE INDEX post_drafts_user_id_id_idx ON fediflow.post_drafts (tenant_id, user_id, id);

CREATE TABLE fediflow.posts (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    address TEXT NOT NULL,
    actor_id BIGINT NOT NULL,
    is_local BOOLEAN NOT NULL,
    kind TEXT DEFAULT 'note' NOT NULL,
    state TEXT DEFAULT 'published' NOT NULL,
    visibility TEXT NOT NULL,
    language TEXT,
    title TEXT,
    content TEXT DEFAULT '' NOT NULL,
    content_map JSONB DEFAULT '{}' NOT NULL,
    source TEXT,
    source_media_type TEXT,
    content_warning TEXT,
    is_sensitive BOOLEAN DEFAULT false NOT NULL,
    page_url TEXT,
    attachments JSONB DEFAULT '[]' NOT NULL,
    in_reply_to_id BIGINT,
    in_reply_to_address TEXT,
    conversation_id BIGINT NOT NULL,
    context_address TEXT,
    group_id BIGINT,
    is_announcement BOOLEAN DEFAULT false NOT NULL,
    written_by_id BIGINT,
    published_at TIMESTAMP WITH TIME ZONE NOT NULL,
    edited_at TIMESTAMP WITH TIME ZONE,
    likes_count INTEGER DEFAULT 0 NOT NULL,
    announces_count INTEGER DEFAULT 0 NOT NULL,
    replies_count INTEGER DEFAULT 0 NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT posts_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT posts_tenant_id_address_key UNIQUE (tenant_id, address),
    CONSTRAINT posts_tenant_id_actor_id_fkey FOREIGN KEY(tenant_id, actor_id) REFERENCES fediflow.actors (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT posts_tenant_id_group_id_fkey FOREIGN KEY(tenant_id, group_id) REFERENCES fediflow.actors (tenant_id, id) ON DELETE SET NULL (group_id),
    CONSTRAINT posts_tenant_id_written_by_id_fkey FOREIGN KEY(tenant_id, written_by_id) REFERENCES fediflow.users (tenant_id, id) ON DELETE SET NULL (written_by_id),
    CONSTRAINT posts_kind_check CHECK (kind in ('note', 'article', 'event', 'page', 'question', 'video', 'audio', 'image', 'document')),
    CONSTRAINT posts_state_check CHECK (state in ('published', 'deleted')),
    CONSTRAINT posts_visibility_check CHECK (visibility in ('public', 'unlisted', 'followers', 'tenant', 'direct')),
    CONSTRAINT posts_source_media_type_check CHECK (source_media_type in ('text/plain', 'text/markdown', 'text/html')),
    CONSTRAINT posts_address_check CHECK (length(address) between 8 and 2048)
);

CREATE INDEX posts_actor_id_id_idx ON fediflow.posts (tenant_id, actor_id, id);

CREATE INDEX posts_conversation_id_id_idx ON fediflow.posts (tenant_id, conversation_id, id);

CREATE INDEX posts_group_id_id_idx ON fediflow.posts (tenant_id, group_id, id) WHERE group_id is not null;

CREATE INDEX posts_in_reply_to_address_idx ON fediflow.posts (tenant_id, in_reply_to_address) WHERE in_reply_to_id is null and in_reply_to_address is not null;

CREATE INDEX posts_in_reply_to_id_id_idx ON fediflow.posts (tenant_id, in_reply_to_id, id);

CREATE INDEX posts_updated_at_id_idx ON fediflow.posts (tenant_id, updated_at, id);

CREATE INDEX posts_visibility_id_idx ON fediflow.posts (tenant_id, visibility, id);

CREATE INDEX posts_visibility_is_local_id_idx ON fediflow.posts (tenant_id, visibility, is_local, id);

CREATE TABLE fediflow.reports (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    reporter_id BIGINT,
    target_id BIGINT NOT NULL,
    complaint TEXT DEFAULT '' NOT NULL,
    is_forwarded BOOLEAN DEFAULT false NOT NULL,
    is_remote BOOLEAN DEFAULT false NOT NULL,
    activity_address TEXT,
    state TEXT DEFAULT 'open' NOT NULL,
    handled_by_id BIGINT,
    handled_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT reports_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT reports_tenant_id_reporter_id_fkey FOREIGN KEY(tenant_id, reporter_id) REFERENCES fediflow.actors (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT reports_tenant_id_target_id_fkey FOREIGN KEY(tenant_id, target_id) REFERENCES fediflow.actors (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT reports_state_check CHECK (state in ('open', 'resolved', 'dismissed')),
    CONSTRAINT reports_complaint_check CHECK (length(complaint) <= 5000)
);

CREATE INDEX reports_reporter_id_id_idx ON fediflow.reports (tenant_id, reporter_id, id);

CREATE INDEX reports_state_id_idx ON fediflow.reports (tenant_id, state, id);

CREATE INDEX reports_target_id_id_idx ON fediflow.reports (tenant_id, target_id, id);

CREATE TABLE fediflow.announces (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    post_id BIGINT NOT NULL,
    actor_id BIGINT NOT NULL,
    activity_address TEXT NOT NULL,
    visibility TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT announces_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT announces_tenant_id_post_id_fkey FOREIGN KEY(tenant_id, post_id) REFERENCES fediflow.posts (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT announces_tenant_id_actor_id_fkey FOREIGN KEY(tenant_id, actor_id) REFERENCES fediflow.actors (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT announces_tenant_id_post_id_actor_id_key UNIQUE (tenant_id, post_id, actor_id),
    CONSTRAINT announces_visibility_check CHECK (visibility in ('public', 'unlisted', 'followers', 'tenant', 'direct'))
);

CREATE INDEX announces_activity_address_idx ON fediflow.announces (tenant_id, activity_address);

CREATE INDEX announces_actor_id_id_idx ON fediflow.announces (tenant_id, actor_id, id);

CREATE TABLE fediflow.conversation_members (
    tenant_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    last_post_id BIGINT NOT NULL,
    is_read BOOLEAN DEFAULT false NOT NULL,
    participants BIGINT[] DEFAULT '{}' NOT NULL,
    CONSTRAINT conversation_members_pkey PRIMARY KEY (tenant_id, user_id, id),
    CONSTRAINT conversation_members_tenant_id_user_id_fkey FOREIGN KEY(tenant_id, user_id) REFERENCES fediflow.users (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT conversation_members_tenant_id_last_post_id_fkey FOREIGN KEY(tenant_id, last_post_id) REFERENCES fediflow.posts (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX conversation_members_id_idx ON fediflow.conversation_members (tenant_id, id);

CREATE INDEX conversation_members_last_post_id_idx ON fediflow.conversation_members (tenant_id, last_post_id);

CREATE INDEX conversation_members_user_id_last_post_id_id_idx ON fediflow.conversation_members (tenant_id, user_id, last_post_id, id);

CREATE TABLE fediflow.featured_posts (
    tenant_id BIGINT NOT NULL,
    actor_id BIGINT NOT NULL,
    post_id BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT featured_posts_pkey PRIMARY KEY (tenant_id, actor_id, post_id),
    CONSTRAINT featured_posts_tenant_id_actor_id_fkey FOREIGN KEY(tenant_id, actor_id) REFERENCES fediflow.actors (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT featured_posts_tenant_id_post_id_fkey FOREIGN KEY(tenant_id, post_id) REFERENCES fediflow.posts (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX featured_posts_post_id_idx ON fediflow.featured_posts (tenant_id, post_id);

CREATE TABLE fediflow.held_posts (
    tenant_id BIGINT NOT NULL,
    post_id BIGINT NOT NULL,
    why TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT held_posts_pkey PRIMARY KEY (tenant_id, post_id),
    CONSTRAINT held_posts_tenant_id_post_id_fkey FOREIGN KEY(tenant_id, post_id) REFERENCES fediflow.posts (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE fediflow.likes (
    tenant_id BIGINT NOT NULL,
    post_id BIGINT NOT NULL,
    actor_id BIGINT NOT NULL,
    activity_address TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT likes_pkey PRIMARY KEY (tenant_id, post_id, actor_id),
    CONSTRAINT likes_tenant_id_post_id_fkey FOREIGN KEY(tenant_id, post_id) REFERENCES fediflow.posts (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT likes_tenant_id_actor_id_fkey FOREIGN KEY(tenant_id, actor_id) REFERENCES fediflow.actors (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX likes_activity_address_idx ON fediflow.likes (tenant_id, activity_address);

CREATE INDEX likes_actor_id_post_id_idx ON fediflow.likes (tenant_id, actor_id, post_id);

CREATE TABLE fediflow.post_hashtags (
    tenant_id BIGINT NOT NULL,
    tag TEXT NOT NULL,
    post_id BIGINT NOT NULL,
    spelling TEXT NOT NULL,
    CONSTRAINT post_hashtags_pkey PRIMARY KEY (tenant_id, tag, post_id),
    CONSTRAINT post_hashtags_tenant_id_post_id_fkey FOREIGN KEY(tenant_id, post_id) REFERENCES fediflow.posts (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX post_hashtags_post_id_tag_idx ON fediflow.post_hashtags (tenant_id, post_id, tag);

CREATE TABLE fediflow.post_mentions (
    tenant_id BIGINT NOT NULL,
    post_id BIGINT NOT NULL,
    actor_id BIGINT NOT NULL,
    is_named BOOLEAN DEFAULT true NOT NULL,
    CONSTRAINT post_mentions_pkey PRIMARY KEY (tenant_id, post_id, actor_id),
    CONSTRAINT post_mentions_tenant_id_post_id_fkey FOREIGN KEY(tenant_id, post_id) REFERENCES fediflow.posts (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT post_mentions_tenant_id_actor_id_fkey FOREIGN KEY(tenant_id, actor_id) REFERENCES fediflow.actors (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX post_mentions_actor_id_post_id_idx ON fediflow.post_mentions (tenant_id, actor_id, post_id);

CREATE TABLE fediflow.post_versions (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    post_id BIGINT NOT NULL,
    version INTEGER NOT NULL,
    title TEXT,
    content TEXT NOT NULL,
    content_warning TEXT,
    language TEXT,
    replaced_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT post_versions_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT post_versions_tenant_id_post_id_fkey FOREIGN KEY(tenant_id, post_id) REFERENCES fediflow.posts (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX post_versions_post_id_id_idx ON fediflow.post_versions (tenant_id, post_id, id);

CREATE TABLE fediflow.report_posts (
    tenant_id BIGINT NOT NULL,
    report_id BIGINT NOT NULL,
    post_id BIGINT NOT NULL,
    CONSTRAINT report_posts_pkey PRIMARY KEY (tenant_id, report_id, post_id),
    CONSTRAINT report_posts_tenant_id_report_id_fkey FOREIGN KEY(tenant_id, report_id) REFERENCES fediflow.reports (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT report_posts_tenant_id_post_id_fkey FOREIGN KEY(tenant_id, post_id) REFERENCES fediflow.posts (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX report_posts_post_id_idx ON fediflow.report_posts (tenant_id, post_id);

CREATE TABLE fediflow.timeline_entries (
    tenant_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    post_id BIGINT NOT NULL,
    announced_by_id BIGINT,
    reason TEXT NOT NULL,
    CONSTRAINT timeline_entries_pkey PRIMARY KEY (tenant_id, user_id, id),
    CONSTRAINT timeline_entries_tenant_id_user_id_fkey FOREIGN KEY(tenant_id, user_id) REFERENCES fediflow.users (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT timeline_entries_tenant_id_post_id_fkey FOREIGN KEY(tenant_id, post_id) REFERENCES fediflow.posts (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT timeline_entries_tenant_id_announced_by_id_fkey FOREIGN KEY(tenant_id, announced_by_id) REFERENCES fediflow.actors (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT timeline_entries_reason_check CHECK (reason in ('followed', 'announced', 'group', 'own', 'mentioned'))
);

CREATE INDEX timeline_entries_announced_by_id_idx ON fediflow.timeline_entries (tenant_id, announced_by_id) WHERE announced_by_id is not null;

CREATE INDEX timeline_entries_post_id_idx ON fediflow.timeline_entries (tenant_id, post_id);

CREATE UNIQUE INDEX timeline_entries_user_id_post_id_key ON fediflow.timeline_entries (tenant_id, user_id, post_id);

CREATE TABLE fediflow.notifications (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    once_key TEXT NOT NULL,
    actor_id BIGINT,
    post_id BIGINT,
    enrollment_id BIGINT,
    offering_id BIGINT,
    details JSONB DEFAULT '{}' NOT NULL,
    is_read BOOLEAN DEFAULT false NOT NULL,
    is_shown BOOLEAN DEFAULT true NOT NULL,
    read_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT notifications_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT notifications_tenant_id_user_id_fkey FOREIGN KEY(tenant_id, user_id) REFERENCES fediflow.users (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT notifications_tenant_id_actor_id_fkey FOREIGN KEY(tenant_id, actor_id) REFERENCES fediflow.actors (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT notifications_tenant_id_post_id_fkey FOREIGN KEY(tenant_id, post_id) REFERENCES fediflow.posts (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT notifications_tenant_id_enrollment_id_fkey FOREIGN KEY(tenant_id, enrollment_id) REFERENCES fediflow.enrollments (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT notifications_tenant_id_offering_id_fkey FOREIGN KEY(tenant_id, offering_id) REFERENCES fediflow.offerings (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT notifications_tenant_id_user_id_once_key_key UNIQUE (tenant_id, user_id, once_key),
    CONSTRAINT notifications_kind_check CHECK (kind in ('follow', 'follow_request', 'follow_accepted', 'mention', 'reply', 'like', 'announce', 'course_announcement', 'direct_message', 'request_decided', 'promoted', 'seat_offered', 'offering_changed', 'offering_cancelled', 'import_finished', 'report_filed', 'identity_conflict', 'moved'))
);

CREATE INDEX notifications_actor_id_idx ON fediflow.notifications (tenant_id, actor_id);

CREATE INDEX notifications_post_id_idx ON fediflow.notifications (tenant_id, post_id);

CREATE INDEX notifications_user_id_is_shown_id_idx ON fediflow.notifications (tenant_id, user_id, is_shown, id);

CREATE INDEX notifications_user_id_is_shown_is_read_id_idx ON fediflow.notifications (tenant_id, user_id, is_shown, is_read, id);

CREATE INDEX notifications_user_id_is_shown_kind_id_idx ON fediflow.notifications (tenant_id, user_id, is_shown, kind, id);

CREATE TABLE fediflow.notification_email_items (
    tenant_id BIGINT NOT NULL,
    email_id BIGINT NOT NULL,
    notification_id BIGINT NOT NULL,
    CONSTRAINT notification_email_items_pkey PRIMARY KEY (tenant_id, email_id, notification_id),
    CONSTRAINT notification_email_items_tenant_id_email_id_fkey FOREIGN KEY(tenant_id, email_id) REFERENCES fediflow.notification_emails (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT notification_email_items_tenant_id_notification_id_fkey FOREIGN KEY(tenant_id, notification_id) REFERENCES fediflow.notifications (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX notification_email_items_notification_id_idx ON fediflow.notification_email_items (tenant_id, notification_id);

-- Rows that change all the time, in place: a page keeps room for them, and dead ones go soon.
ALTER TABLE fediflow.host_lanes SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_cost_delay = 0, fillfactor = 70);
ALTER TABLE fediflow.tenant_hosts SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_cost_delay = 0, fillfactor = 70);
