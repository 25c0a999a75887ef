import CMalloc

/// What the allocator does with memory that was freed.
///
/// Glibc gives the end of a heap back to the kernel at each `free` that leaves more than 128 KiB there. A body that passes
/// in messages of 256 KiB would have its pages taken away, and given again full of zeros, at each of them: a third of the
/// time of a large answer.
enum FreedMemory {
  /// So many octets at the end of a heap are kept.
  private static let kept: CInt = 2 << 20

  /// Call it once, before anything large is allocated. Does nothing where there is no Glibc.
  static func keep() {
    #if canImport(Glibc)
      // Each turns off that Glibc adapts the other by itself, so both are set.
      mallopt(M_TRIM_THRESHOLD, kept)
      mallopt(M_MMAP_THRESHOLD, kept)
    #endif
  }

  /// Gives back what is free between what is used, too: large messages leave holes in a heap. Does nothing where there is
  /// no Glibc.
  static func giveBack() {
    #if canImport(Glibc)
      malloc_trim(0)
    #endif
  }
}
