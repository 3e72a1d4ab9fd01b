// swift-tools-version: 6.2
import PackageDescription

// Warnings are errors, memory safety is strict, and upcoming language features are on, for every target of ours.
let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
]

let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let sqlite: Target.Dependency = .product(name: "GRDBSQLite", package: "GRDB.swift")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let asn1: Target.Dependency = .product(name: "SwiftASN1", package: "swift-asn1")
let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
]
let tls: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let http: [Target.Dependency] = [
    .product(name: "Hummingbird", package: "hummingbird"), .product(name: "HummingbirdCore", package: "hummingbird"),
    .product(name: "HummingbirdTLS", package: "hummingbird"),
    .product(name: "HTTPTypes", package: "swift-http-types"), .product(name: "Logging", package: "swift-log"),
    .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
    .product(name: "UnixSignals", package: "swift-service-lifecycle"),
]

let package = Package(
    name: "chancery",
    products: [
        .executable(name: "chancery", targets: ["chancery"]),
        .library(name: "ChanceryWire", targets: ["ChanceryWire"]),
        .library(name: "ChancerySuite", targets: ["ChancerySuite"]),
        .library(name: "ChanceryLedger", targets: ["ChanceryLedger"]),
        .library(name: "ChanceryGovernance", targets: ["ChanceryGovernance"]),
        .library(name: "ChanceryPolicy", targets: ["ChanceryPolicy"]),
        .library(name: "ChanceryVigil", targets: ["ChanceryVigil"]),
        .library(name: "ChanceryGate", targets: ["ChanceryGate"]),
        .library(name: "ChanceryEvidence", targets: ["ChanceryEvidence"]),
        .library(name: "ChanceryMCP", targets: ["ChanceryMCP"]),
        .library(name: "ChanceryVault", targets: ["ChanceryVault"]),
        .library(name: "ChanceryInference", targets: ["ChanceryInference"]),
        .library(name: "ChanceryArithmetic", targets: ["ChanceryArithmetic"]),
        .library(name: "ChanceryCircuit", targets: ["ChanceryCircuit"]),
        .library(name: "ChanceryThreshold", targets: ["ChanceryThreshold"]),
        .library(name: "ChanceryOracle", targets: ["ChanceryOracle"]),
        .library(name: "ChanceryCustodian", targets: ["ChanceryCustodian"]),
        .library(name: "ChanceryNode", targets: ["ChanceryNode"]),
        .library(name: "ChanceryStorage", targets: ["ChanceryStorage"]),
        .library(name: "ChanceryTransport", targets: ["ChanceryTransport"]),
        .library(name: "ChanceryAPI", targets: ["ChanceryAPI"]),
        .library(name: "ChanceryServer", targets: ["ChanceryServer"]),
        .library(name: "ChanceryClient", targets: ["ChanceryClient"]),
    ],
    dependencies: [
        // Exact: CChanceryLattice uses a C module that the package does not promise to keep.
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        .target(name: "ChanceryWire", swiftSettings: house),
        .target(name: "CChanceryLattice", dependencies: [crypto]),
        .target(
            name: "ChancerySuite",
            dependencies: ["ChanceryWire", "CChanceryLattice", crypto, cryptoExtras],
            swiftSettings: house),
        .target(name: "ChanceryLedger", dependencies: ["ChanceryWire", "ChancerySuite"], swiftSettings: house),
        .target(
            name: "ChanceryGovernance", dependencies: ["ChanceryWire", "ChancerySuite", "ChanceryLedger"],
            swiftSettings: house),
        .target(name: "ChanceryPatterns", dependencies: ["ChanceryWire"], swiftSettings: house),
        .target(
            name: "ChanceryPolicy",
            dependencies: ["ChanceryWire", "ChanceryPatterns", .product(name: "Yams", package: "Yams")], swiftSettings: house),
        .target(name: "ChanceryVigil", dependencies: ["ChanceryWire", "ChancerySuite"], swiftSettings: house),
        .target(
            name: "ChanceryGate", dependencies: ["ChanceryWire", "ChancerySuite", "ChanceryPolicy"], swiftSettings: house),
        // One file for one question, that a stranger checks.
        .target(
            name: "ChanceryEvidence",
            dependencies: [
                "ChanceryWire", "ChancerySuite", "ChanceryLedger", "ChanceryGovernance", "ChanceryPolicy", "ChanceryGate",
            ],
            swiftSettings: house),
        .target(name: "ChanceryMCP", dependencies: ["ChanceryWire"], swiftSettings: house),
        .target(name: "ChanceryVault", dependencies: ["ChanceryWire", "ChancerySuite"], swiftSettings: house),
        // Places of custody that are devices.
        .target(name: "ChanceryTPM", dependencies: ["ChancerySuite", "ChanceryVault"], swiftSettings: house),
        .target(name: "ChanceryEnclave", dependencies: ["ChancerySuite", "ChanceryVault"], swiftSettings: house),
        .target(name: "CCryptoki"),
        .target(
            name: "ChanceryPKCS11", dependencies: ["ChancerySuite", "ChanceryVault", "CCryptoki"], swiftSettings: house),
        .target(
            name: "ChanceryInference", dependencies: ["ChanceryWire", "ChancerySuite", "ChanceryVault"], swiftSettings: house),
        // Threshold execution: the field, languages and circuits, and the protocol over them.
        .target(name: "ChanceryArithmetic", swiftSettings: house),
        .target(
            name: "ChanceryCircuit", dependencies: ["ChanceryWire", "ChancerySuite", "ChanceryArithmetic"],
            swiftSettings: house),
        .target(
            name: "ChanceryThreshold",
            dependencies: ["ChanceryWire", "ChancerySuite", "ChanceryArithmetic", "ChanceryCircuit"], swiftSettings: house),
        // What programs that nobody holds give away, and who answers for it.
        .target(
            name: "ChanceryOracle",
            dependencies: ["ChanceryWire", "ChancerySuite", "ChanceryLedger", "ChanceryArithmetic"], swiftSettings: house),
        // Clusters under a simulated network, disk and clock, from a seed.
        .target(
            name: "ChancerySimulation",
            dependencies: ["ChanceryWire", "ChancerySuite", "ChanceryLedger", "ChanceryGovernance"],
            swiftSettings: house),
        .target(
            name: "ChanceryNode",
            dependencies: [
                "ChanceryWire", "ChancerySuite", "ChanceryLedger", "ChanceryGovernance", "ChanceryPolicy", "ChanceryVigil",
                "ChanceryGate", "ChanceryEvidence", "ChanceryVault", "ChanceryInference",
            ],
            swiftSettings: house),
        // A custodian of secret programs, its coordinator and its clients.
        .target(
            name: "ChanceryCustodian",
            dependencies: [
                "ChanceryWire", "ChancerySuite", "ChanceryArithmetic", "ChanceryCircuit", "ChanceryThreshold",
                "ChanceryLedger", "ChanceryGovernance", "ChanceryOracle", "ChanceryNode",
            ],
            swiftSettings: house),
        // QuorumVM's interface in front of custodians, trusted and labelled so.
        .target(
            name: "ChanceryGateway",
            dependencies: [
                "ChanceryWire", "ChancerySuite", "ChanceryArithmetic", "ChanceryCircuit", "ChanceryOracle", "ChanceryCustodian",
            ],
            swiftSettings: house),
        .target(name: "CChanceryFiles"),
        .target(
            name: "ChanceryStorage",
            dependencies: [
                "CChanceryFiles", "ChanceryWire", "ChancerySuite", "ChanceryLedger", "ChanceryVault", "ChanceryNode",
                "ChanceryAPI", "ChanceryCustodian", grdb, sqlite,
            ],
            swiftSettings: house),
        .target(name: "ChanceryAPI", dependencies: ["ChanceryWire", "ChancerySuite"], swiftSettings: house),
        .target(
            name: "ChanceryTransport",
            dependencies: [
                "ChanceryWire", "ChancerySuite", "ChanceryLedger", "ChanceryNode", "ChanceryAPI", asn1, tls,
                .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ] + nio,
            swiftSettings: house),
        // The pages of the dashboard, compiled in.
        .target(name: "CChanceryWeb"),
        .target(
            name: "ChanceryServer",
            dependencies: [
                "CChanceryWeb", "ChanceryWire", "ChancerySuite", "ChanceryLedger", "ChanceryGovernance", "ChanceryPolicy",
                "ChanceryVigil", "ChanceryGate", "ChanceryEvidence", "ChanceryVault", "ChanceryInference", "ChanceryNode",
                "ChanceryTransport", "ChanceryAPI", "ChanceryClient", "ChanceryCustodian", "ChanceryGateway",
            ] + nio + http,
            swiftSettings: house),
        // What talks to a service of ours: HIP-5's client.
        .target(
            name: "ChanceryClient",
            dependencies: [
                "ChanceryWire", "ChancerySuite", "ChanceryVault", "ChanceryInference", "ChanceryAPI", "ChanceryTransport",
                "ChanceryCustodian", "ChanceryOracle",
            ],
            swiftSettings: house),
        .target(
            name: "ChanceryConformance",
            dependencies: [
                "ChanceryWire", "ChancerySuite", "ChanceryLedger", "ChanceryGovernance", "ChanceryPolicy", "ChanceryVigil",
                "ChanceryVault", "ChanceryNode", "ChanceryStorage", "ChanceryArithmetic", "ChanceryCircuit", "ChanceryOracle",
            ],
            swiftSettings: house),
        .target(
            name: "ChanceryCommands",
            dependencies: [
                "ChanceryWire", "ChancerySuite", "ChanceryAPI", "ChanceryLedger", "ChanceryGovernance", "ChanceryPolicy",
                "ChanceryVigil", "ChanceryGate", "ChanceryEvidence", "ChanceryMCP", "ChanceryVault", "ChanceryNode",
                "ChanceryStorage", "ChanceryTransport", "ChanceryServer", "ChanceryConformance", "ChancerySimulation",
                "ChanceryTPM",
                "ChanceryPKCS11", "ChanceryInference", "ChanceryClient", "ChanceryCustodian", "ChanceryArithmetic",
                "ChanceryCircuit", "ChanceryThreshold", "ChanceryOracle", "ChanceryGateway", arguments,
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: house),
        .executableTarget(
            name: "chancery",
            dependencies: ["ChanceryCommands"],
            swiftSettings: house),
        .executableTarget(
            name: "chancery-bench",
            dependencies: [
                "ChanceryWire", "ChancerySuite", "ChanceryLedger", "ChanceryGovernance", "ChancerySimulation", "ChanceryNode",
                "ChanceryPolicy", "ChanceryGate", "ChanceryVigil", "ChanceryVault", "ChanceryStorage", "ChanceryAPI",
                "ChanceryTransport", "ChanceryArithmetic", "ChanceryCircuit", "ChanceryThreshold", "ChanceryOracle",
                "ChanceryCustodian", arguments,
            ],
            path: "Benchmarks/LedgerBench",
            swiftSettings: house),
        // The quick starts of docs/quick-start.md, with public interfaces only, as a user of the libraries has them.
        .executableTarget(
            name: "QuickStart",
            dependencies: ["ChanceryWire", "ChancerySuite", "ChanceryLedger", "ChanceryNode", "ChanceryStorage"],
            path: "Examples/QuickStart",
            packageAccess: false,
            swiftSettings: house),
        .testTarget(name: "WireTests", dependencies: ["ChanceryWire", "TestKit"], swiftSettings: house),
        .testTarget(name: "SuiteTests", dependencies: ["ChancerySuite", "TestKit"], swiftSettings: house),
        .testTarget(
            name: "LedgerTests", dependencies: ["ChanceryLedger", "TestKit"], exclude: ["Golden"], swiftSettings: house),
        .testTarget(
            name: "GovernanceTests", dependencies: ["ChanceryGovernance", "TestKit"], swiftSettings: house),
        .testTarget(
            name: "PatternTests", dependencies: ["ChanceryPatterns"], exclude: ["Golden"], swiftSettings: house),
        .testTarget(name: "PolicyTests", dependencies: ["ChanceryPolicy"], swiftSettings: house),
        .testTarget(name: "VigilTests", dependencies: ["ChanceryVigil"], swiftSettings: house),
        .testTarget(name: "MCPTests", dependencies: ["ChanceryMCP"], swiftSettings: house),
        .testTarget(name: "GateTests", dependencies: ["ChanceryGate", "TestKit"], swiftSettings: house),
        .testTarget(
            name: "VaultTests", dependencies: ["ChanceryVault", "TestKit", "CustodyKit"], exclude: ["Golden"],
            swiftSettings: house),
        .testTarget(name: "TPMTests", dependencies: ["ChanceryTPM", "CustodyKit"], swiftSettings: house),
        .testTarget(
            name: "PKCS11Tests", dependencies: ["ChanceryPKCS11", "CCryptoki", "CustodyKit"], swiftSettings: house),
        .testTarget(
            name: "InferenceTests", dependencies: ["ChanceryInference", "TestKit"], exclude: ["Golden"], swiftSettings: house),
        .testTarget(
            name: "CircuitTests", dependencies: ["ChanceryCircuit", "ChanceryArithmetic", "ChanceryWire", "TestKit"],
            swiftSettings: house),
        .testTarget(name: "ArithmeticTests", dependencies: ["ChanceryArithmetic", "ChanceryWire"], swiftSettings: house),
        .testTarget(
            name: "ThresholdTests",
            dependencies: ["ChanceryThreshold", "ChanceryCircuit", "ChanceryArithmetic", "ChancerySuite", "ChanceryWire"],
            swiftSettings: house),
        .testTarget(
            name: "OracleTests", dependencies: ["ChanceryOracle", "ChanceryArithmetic", "TestKit"], swiftSettings: house),
        .testTarget(
            name: "CustodianTests",
            dependencies: [
                "ChanceryCustodian", "ChanceryClient", "ChanceryGovernance", "ChanceryStorage", "ChanceryTransport", "TestKit",
                "chancery", "chancery-liar",
            ], swiftSettings: house),
        .testTarget(name: "APITests", dependencies: ["ChanceryAPI", "TestKit"], swiftSettings: house),
        .testTarget(name: "SimulationTests", dependencies: ["ChancerySimulation"], swiftSettings: house),
        .testTarget(
            name: "StorageTests",
            dependencies: ["ChanceryStorage", "ChanceryVault", "ChanceryCustodian", "ChanceryNode", "TestKit", grdb],
            swiftSettings: house),
        .testTarget(
            name: "NodeTests",
            dependencies: [
                "ChanceryNode", "ChanceryGate", "ChanceryEvidence", "ChanceryVigil", "ChanceryVault", "ChanceryInference",
                "ChanceryStorage", "TestKit", grdb,
            ],
            exclude: ["Evidence/Golden"],
            swiftSettings: house),
        .testTarget(
            name: "FaultTests", dependencies: ["ChanceryStorage", "ChanceryVault", "TestKit", "chancery-fault"],
            swiftSettings: house),
        .testTarget(
            name: "TransportTests", dependencies: ["ChanceryTransport", "TestKit", tls] + nio, exclude: ["Golden"],
            swiftSettings: house),
        .testTarget(
            name: "ServerTests",
            dependencies: [
                "ChanceryServer", "ChanceryTransport", "ChanceryAPI", "ChanceryGovernance", "ChanceryVault",
                "ChanceryInference", "ChanceryClient", "TestKit",
            ] + nio + http,
            swiftSettings: house),
        // The binary as its users start it.
        .testTarget(name: "CommandTests", dependencies: ["TestKit", "CustodyKit", "chancery", grdb], swiftSettings: house),
        // What several test targets need.
        .target(
            name: "TestKit", dependencies: ["ChanceryStorage", "ChanceryGovernance", "ChanceryVault"],
            path: "Tests/Support/TestKit", swiftSettings: house),
        // The one contract of all places of custody, and stand-ins for devices.
        .target(
            name: "CustodyKit", dependencies: ["ChanceryWire", "ChancerySuite", "ChanceryVault"],
            path: "Tests/Support/CustodyKit", swiftSettings: house),
        // What the interop checks call besides the commands.
        .executableTarget(
            name: "chancery-interop", dependencies: ["ChanceryWire", "ChancerySuite", "ChanceryTransport"] + nio,
            path: "Tests/Support/Interop", swiftSettings: house),
        // A process that the fault tests kill.
        .executableTarget(
            name: "chancery-fault", dependencies: ["ChanceryStorage", "ChanceryVault", "TestKit"], path: "Tests/Support/Fault",
            swiftSettings: house),
        // A custodian that lies.
        .executableTarget(
            name: "chancery-liar",
            dependencies: ["ChanceryCustodian", "ChanceryOracle", "ChanceryStorage", "ChanceryTransport"],
            path: "Tests/Support/Liar", swiftSettings: house),
        .testTarget(name: "ConformanceTests", dependencies: ["ChanceryConformance"], swiftSettings: house),
    ]
)
