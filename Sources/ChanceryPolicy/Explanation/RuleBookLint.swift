struct RuleBookLint { let root: PolicyNode; let rules: RuleBook; func run(_ findings: inout FindingLog) {} }
