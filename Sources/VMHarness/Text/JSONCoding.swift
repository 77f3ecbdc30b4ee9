import Foundation

/// How JSON is written and read again. One way for all files, so that none differs by accident: keys in order, slashes as
/// they are, times in UTC as ISO 8601 without fractions of a second.
public enum JSONCoding {
    /// On one line: for programs, logs and digests.
    public static func line(_ value: some Encodable) throws -> Data {
        try encoder([]).encode(value)
    }

    /// On several lines: for files that people open, too.
    public static func document(_ value: some Encodable) throws -> Data {
        try encoder(.prettyPrinted).encode(value)
    }

    /// Reads what one of the others wrote.
    ///
    /// - Throws: `DecodingError` when it is not that, or no JSON.
    public static func read<Value: Decodable>(_ type: Value.Type, from data: Data) throws -> Value {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return try decoder.decode(type, from: data)
    }

    private static func encoder(_ formatting: JSONEncoder.OutputFormatting) -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = formatting.union([.sortedKeys, .withoutEscapingSlashes])
        return encoder
    }
}
