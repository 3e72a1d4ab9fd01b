extension Purpose {
    /// Approvals of people: of an agent's action at the gate, of a program that custodians are to run.
    public enum Approval: KeyPurpose { public static let name = "approval" }
    /// Statements of a custodian's process about the programs that it takes part in.
    public enum Custodian: KeyPurpose { public static let name = "custodian" }
    /// Tickets, claims and submissions of a client of a program.
    public enum Ticket: KeyPurpose { public static let name = "ticket" }
}
