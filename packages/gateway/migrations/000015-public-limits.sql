-- Permits for what anybody may do without a key, beside those of the merchant's own calls.

alter table request_quota
  -- Empty: the merchant's calls; else what is bounded, such as the payments of one link.
  add column subject text not null default '',
  drop constraint request_quota_pkey,
  add primary key (profile_id, subject);
