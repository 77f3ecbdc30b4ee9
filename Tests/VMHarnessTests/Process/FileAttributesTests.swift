import Foundation
import XCTest

@testable import VMHarness

final class FileAttributesTests: XCTestCase {
    func testFilesFoldersLinksAndPipesAreToldApart() throws {
        let folder = try temporaryFolder()
        let file = folder.appending(path: "file")
        try Data("12345".utf8).write(to: file)
        let link = folder.appending(path: "link")
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: file)
        let dangling = folder.appending(path: "dangling")
        try FileManager.default.createSymbolicLink(
            at: dangling, withDestinationURL: folder.appending(path: "nothing"))
        let pipe = folder.appending(path: "pipe")
        XCTAssertEqual(mkfifo(pipe.path, 0o600), 0)

        XCTAssertTrue(FileAttributes.isRegular(file))
        XCTAssertTrue(FileAttributes.isRegular(link))
        XCTAssertEqual(FileAttributes.size(of: link), 5)
        XCTAssertEqual(FileAttributes(of: link, followingLinks: false)?.isRegular, false)
        XCTAssertFalse(FileAttributes.isRegular(pipe))
        XCTAssertFalse(FileAttributes.isRegular(folder))
        XCTAssertTrue(FileAttributes.isFolder(folder))
        XCTAssertFalse(FileAttributes.isFolder(file))
        XCTAssertNil(FileAttributes(of: dangling))
        XCTAssertNotNil(FileAttributes(of: dangling, followingLinks: false))
        XCTAssertEqual(FileAttributes.size(of: dangling), 0)
    }

    func testProgramsAreFoundInPathAndWhereAdministratorsHaveTheirs() throws {
        let folder = try temporaryFolder()
        let tool = folder.appending(path: "boma-it-test-tool")
        try Data().write(to: tool)
        XCTAssertNil(ToolSearch.find("boma-it-test-tool", path: "/nowhere:\(folder.path)"), "it can't be run")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: tool.path)
        XCTAssertEqual(ToolSearch.find("boma-it-test-tool", path: "/nowhere:\(folder.path)"), tool.path)
        XCTAssertEqual(ToolSearch.find(tool.path, path: ""), tool.path)
        XCTAssertNil(ToolSearch.find("\(tool.path)-2", path: ""))
        XCTAssertNotNil(ToolSearch.find("useradd", path: ""))
    }
}
