/// The memory in which the frames of a task's asynchronous methods lie.
///
/// The runtime takes it from the allocator in slabs of 984 octets (Swift 6.3), or of the size of a frame that is larger, and
/// keeps them until the task ends. An exchange needs some eight of them. Taken at once they are one block: that costs the
/// allocator less, most of all when many exchanges run, and their blocks come and go out of order.
enum TaskMemory {
  /// Holds the frames of an exchange through the standard stages.
  private typealias Block = InlineArray<704, UInt64>

  /// Makes the running task's next slab one that holds 5.5 KiB of frames. A larger one would save another allocation, and
  /// cost every open stream its size.
  @inline(never)
  static func reserve() async {
    var block = Block(repeating: 0)
    await use(&block)
  }

  /// As long as this runs, the caller's frame has to hold the block.
  @inline(never)
  private static func use(_ block: inout Block) async { block[0] = 1 }
}
