import Foundation
import XCTest

@testable import VMHarness

final class JSONCodingTests: XCTestCase {
    private struct Sample: Codable, Equatable {
        var path = "/a/b"
        var date = Date(timeIntervalSince1970: 1_781_697_600)
    }

    func testKeysAreInOrderSlashesPlainAndTimesReadable() throws {
        XCTAssertEqual(
            String(decoding: try JSONCoding.line(Sample()), as: UTF8.self),
            #"{"date":"2026-06-17T12:00:00Z","path":"/a/b"}"#)
        let document = try JSONCoding.document(Sample())
        XCTAssertEqual(
            String(decoding: document, as: UTF8.self),
            "{\n  \"date\" : \"2026-06-17T12:00:00Z\",\n  \"path\" : \"/a/b\"\n}")
        XCTAssertEqual(try JSONCoding.read(Sample.self, from: document), Sample())
    }
}
