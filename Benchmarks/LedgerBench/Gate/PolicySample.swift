import ChanceryPolicy
import ChanceryWire

/// One policy in both languages: roles with lists of tools, bands of risk, stability, domains, patterns.
///
/// It asks what the Cedar policy asks that `scripts/bench/gate_peer.py` gives to cedarpy.
enum PolicySample {
    static let agent = "did:chancery:trading-bot"
    static let action = "execute_trade"
    static let target = "api.broker.example"
    static let role = "operator"

    static let fewPatterns = [#"DROP\s+TABLE"#, #"rm\s+-rf"#, "/etc/passwd"]

    /// What the three profiles of piqrypt look for, and as much again.
    static let manyPatterns =
        fewPatterns + [
            #"DROP\s+DATABASE"#, #"DELETE\s+FROM"#, #"TRUNCATE\s+TABLE"#, #"ALTER\s+USER"#, #"CREATE\s+USER"#, #"GRANT\s+ALL"#,
            #"UNION\s+SELECT"#, #"INTO\s+OUTFILE"#, "xp_cmdshell", #"curl.*\|.*bash"#, #"curl.*\|.*sh"#, #"wget.*\|.*bash"#,
            "base64.*decode", #"exec\("#, #"eval\("#, "__import__", "subprocess", #"os\.system"#, "financial_transfer",
            #"/etc/shadow"#, #"\.ssh/id_rsa"#, #"authorized_keys"#, #"\.aws/credentials"#, #"169\.254\.169\.254"#,
            #"chmod\s+777"#, #"mkfs\."#, #"dd\s+if="#, #"nc\s+-e"#, "/dev/tcp/", #"powershell\s+-enc"#, "Invoke-Expression",
            #"reg\s+delete"#, #"format\s+c:"#, "vssadmin.*delete", #"crontab\s+-"#, #"useradd\s+"#, "sudoers",
            #"history\s+-c"#, "LD_PRELOAD", "ptrace", #"<script"#, #"javascript:"#, #"onerror\s*="#, #"\.\./\.\./"#,
            "BEGIN PRIVATE KEY", #"disable\s+firewall"#, #"ignore\s+previous"#,
        ]

    static func trustGate(_ patterns: [String]) -> String {
        """
        version: "1.0"
        name: bench
        thresholds: {vrs_require_human: 0.6, vrs_block: 0.85, tsi_critical_action: BLOCK}
        roles:
          operator: {allowed_tools: [read_db, write_db, http_get, http_post, execute_trade], blocked_tools: [shell, admin]}
          read_only: {allowed_tools: [list_files, search], blocked_tools: [delete]}
          admin: {allowed_tools: ["*"]}
        network: {block_external: true, allowed_domains: [\(target)], log_external_calls: false}
        dangerous_patterns: [\(list(patterns))]

        """
    }

    static func version2(_ patterns: [String]) -> String {
        """
        language: chancery/policy/v2
        name: bench
        version: "1"
        tools: {work: [read_db, write_db, http_get, http_post, execute_trade], reading: [list_files, search]}
        patterns: {dangerous: [\(list(patterns))]}
        rules:
          - {id: operators, effect: allow, when: {role: operator, tools: work, risk: {lt: 0.6}}}
          - {id: readers, effect: allow, when: {role: read_only, tools: reading, risk: {lt: 0.6}}}
          - {id: admins, effect: allow, when: {role: admin, risk: {lt: 0.85}}}
          - {id: risk, effect: forbid, when: {risk: {ge: 0.85}}}
          - {id: drift, effect: forbid, when: {stability: CRITICAL}}
          - {id: no-shell, effect: forbid, when: {role: operator, action: [shell, admin]}}
          - {id: no-deletion, effect: forbid, when: {role: read_only, action: delete}}
          - {id: domains, effect: forbid, when: {target: {not_in: [\(target)]}}}
          - {id: dangerous, effect: forbid, when: {patterns: dangerous}}

        """
    }

    private static func list(_ patterns: [String]) -> String { patterns.map { "'\($0)'" }.joined(separator: ", ") }

    /// What a home would know of the agent; made anew for each decision, as a gate does.
    static func facts(_ risk: ExactDecimal, _ trust: ExactDecimal, at time: Int64) -> Facts {
        var facts = Facts(agent: agent, time: time)
        facts.agentName = "trading_bot"
        facts.role = role
        facts.risk = risk
        facts.stability = .stable
        facts.collusion = .zero
        facts.trust = trust
        facts.authorized = true
        return facts
    }
}
