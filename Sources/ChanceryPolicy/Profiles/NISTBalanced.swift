extension Policy {
    /// For moderate risk: external calls are allowed and logged, an unanswered question goes to the next clearance.
    static let nistBalanced = #"""
        # For moderate risk: external calls are allowed and logged, an unanswered question goes to the next clearance.
        # Rules are asked in a fixed order; docs/spec/policy.md has every key.
        version: "1.0"
        name: nist_balanced
        profile: nist_balanced
        author: chancery

        # Risk runs from 0 to 1 and is worked out by the daemon, never stated by the agent.
        thresholds:
          vrs_require_human: 0.6  # the defaults of the language
          vrs_block: 0.85
          tsi_unstable_action: REQUIRE_HUMAN
          tsi_critical_action: BLOCK

        # What is not allowed is blocked; a blocked tool stays blocked whatever allows it. Entries are globs.
        roles:
          read_only:
            allowed_tools: [read_db, list_files, search, query, http_get]
            blocked_tools: [write_db, shell, admin, delete, create_user]
          operator:
            allowed_tools: [read_db, write_db, http_get, http_post, query, list_files]
            blocked_tools: [shell, admin, create_user, financial_transfer]
          trusted:
            allowed_tools: ["*"]
            blocked_tools: [shell, admin]

        # So many blocked or held actions within an hour restrict the agent, for at least so many minutes;
        # so many watched actions within an hour restrict it while it is watched.
        escalation:
          max_watch_events: 5
          auto_restrict_after: 8
          restrict_duration_minutes: 60

        network:
          allowed_domains: []
          block_external: false
          log_external_calls: true

        # How long an action waits for a person, and what silence means.
        notification:
          timeout_seconds: 300
          on_timeout: ESCALATE
          require_justification: false
          channels: []
          principals: []

        # Looked for, ignoring case, in the action and in every reading of its payload: decoded, normalised, joined.
        dangerous_patterns:
          - 'rm\s+-rf'
          - 'DROP\s+TABLE'
          - 'DROP\s+DATABASE'
          - 'curl.*\|.*bash'
          - 'base64.*decode.*exec'
          - 'financial_transfer'

        """#
}
