internal import ChanceryCommands
internal import Foundation

exit(Chancery.run(Array(CommandLine.arguments.dropFirst())))
