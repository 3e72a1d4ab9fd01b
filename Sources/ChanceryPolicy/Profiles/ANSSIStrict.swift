extension Policy {
    /// For critical infrastructure: the lowest thresholds, the shortest wait, silence means no.
    static let anssiStrict = #"""
        # For critical infrastructure: the lowest thresholds, the shortest wait, silence means no.
        # Rules are asked in a fixed order; docs/spec/policy.md has every key.
        version: "1.0"
        name: anssi_strict
        profile: anssi_strict
        author: chancery

        # Risk runs from 0 to 1 and is worked out by the daemon, never stated by the agent.
        thresholds:
          vrs_require_human: 0.4  # a person is asked early
          vrs_block: 0.7
          tsi_unstable_action: REQUIRE_HUMAN
          tsi_critical_action: BLOCK

        # What is not allowed is blocked; a blocked tool stays blocked whatever allows it. Entries are globs.
        roles:
          read_only:
            allowed_tools: [read_db, list_files, search, query]
            blocked_tools: [write_db, shell, admin, http_post, delete, create_user]
          operator:
            allowed_tools: [read_db, write_db, http_get, query, list_files]
            blocked_tools: [shell, admin, create_user, delete_user, financial_transfer]
          trusted:
            allowed_tools: [read_db, write_db, http_get, http_post, query]
            blocked_tools: [shell, admin, create_user, financial_transfer]

        # So many blocked or held actions within an hour restrict the agent, for at least so many minutes;
        # so many watched actions within an hour restrict it while it is watched.
        escalation:
          max_watch_events: 2
          auto_restrict_after: 3
          restrict_duration_minutes: 120

        network:
          allowed_domains: []
          block_external: true
          log_external_calls: true

        # How long an action waits for a person, and what silence means.
        notification:
          timeout_seconds: 180
          on_timeout: REJECT
          require_justification: true
          channels: []
          principals: []

        # Looked for, ignoring case, in the action and in every reading of its payload: decoded, normalised, joined.
        dangerous_patterns:
          - 'rm\s+-rf'
          - 'DROP\s+TABLE'
          - 'DROP\s+DATABASE'
          - 'curl.*\|.*bash'
          - 'curl.*\|.*sh'
          - 'wget.*\|.*bash'
          - 'base64.*decode'
          - 'exec\('
          - 'eval\('
          - 'CREATE\s+USER'
          - 'GRANT\s+ALL'
          - 'financial_transfer'
          - '__import__'
          - 'subprocess'

        """#
}
