struct TrustGateLint { let root: PolicyNode; let terms: TrustGateTerms; func run(_ findings: inout FindingLog) {} }
