import XCTest

@testable import boma_it

final class CommandTableTests: XCTestCase {
    private let all = CommandTable.all

    func testNamesAreUniqueAndOptionsMeanTheSameEverywhere() {
        XCTAssertEqual(Set(all.map(\.name)).count, all.count)
        var meanings: [String: OptionSpec.Kind] = [:]
        for command in all {
            for option in command.allOptions {
                // The parser reads options before it knows the command.
                for word in ["--\(option.name)"] + (option.short.map { ["-\($0)"] } ?? []) {
                    let isValue = meanings[word].map { $0 != .flag } ?? option.takesValue
                    XCTAssertEqual(isValue, option.takesValue, "\(word) of \(command.name)")
                    meanings[word] = option.kind
                }
            }
            let optional = command.arguments.map(\.isOptional)
            XCTAssertEqual(optional, optional.sorted { !$0 && $1 }, "\(command.name): required arguments come first")
            XCTAssertFalse(command.arguments.dropLast().contains(where: \.isRepeated), command.name)
        }
    }

    func testHelpOfEachCommandListsAllOfIt() {
        let help = HelpText(commands: all)
        for command in all {
            let text = help.command(command)
            for option in command.allOptions { XCTAssertTrue(text.contains("  \(option.label)  "), option.label) }
            for argument in command.arguments { XCTAssertTrue(text.contains("\(argument.help)\n"), argument.name) }
            XCTAssertTrue(text.contains("usage: boma-it \(command.synopsis)"), command.name)
            for status in ExitStatus.allCases { XCTAssertTrue(text.contains("\(status.rawValue)"), command.name) }
            XCTAssertTrue(command.isHidden || help.program.contains("  \(command.name) "), command.name)
        }
        XCTAssertFalse(help.program.contains("_list"))
        for line in (all.map(help.command) + [help.program]).flatMap({ $0.split(separator: "\n") }) {
            XCTAssertLessThanOrEqual(line.count, 120, "\(line)")
        }
    }

    func testEveryExampleMakesSense() throws {
        let parser = ArgumentParser(commands: all)
        for example in all.flatMap(\.examples) {
            for line in example.line.components(separatedBy: " && ") {
                XCTAssertNoThrow(try parser.parse(line.split(separator: " ").dropFirst().map(String.init)), line)
            }
        }
    }
}
