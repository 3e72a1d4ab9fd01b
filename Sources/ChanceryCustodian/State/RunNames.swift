internal import ChanceryThreshold

// Other parts have types of these names too.
typealias RunID = ChanceryThreshold.SessionID
typealias RunStep = ChanceryThreshold.SessionStep
typealias RunFrame = ChanceryThreshold.Frame
