/// Who is told what a task and its children are waiting for.
///
/// A structure around the closure, as a closure itself as a task-local value ends an optimized program (Swift 6.3,
/// swiftlang/swift pull request 88321).
struct WaitObserver: Sendable {
    /// Gets the requirement and what was last seen; `nil` as the latter when the wait is over.
    let tell: @Sendable (_ requirement: String, _ seen: String?) -> Void

    /// The one of this task.
    @TaskLocal static var current: WaitObserver?
}
