import GRDB

/// Why the store could not be opened, read or written. It never costs the agent the token that it holds.
///
/// The sentence holds no character of a token or secret; the cause of one from SQLite names its result code.
package struct StoreFault: Error, CustomStringConvertible {
  package enum Kind: String, CaseIterable, Hashable, Sendable {
    /// `SECRET_KEY_BASE` has fewer than 32 octets.
    case weakSecret
    /// There is no file, and it may not be made: the store was to be read only.
    case missing
    /// The folder of the file is not there, or no folder, or no file can be made in it.
    case folder
    /// The file is there and no regular file, or may not be read or written.
    case file
    /// Another process holds the file's lock.
    case busy
    /// An operation did not end within `DB_TIMEOUT`. Whether it took effect is not known.
    case timedOut
    /// The disk, or what this process may use of it, is full.
    case full
    /// The file is damaged, or no database.
    case corrupt
    /// A newer version of this program wrote the file.
    case newer
    /// What is to be stored makes no sense: it has expired, or its dates are the wrong way round.
    case nonsense
    /// Anything else that SQLite says.
    case failed
  }

  package let kind: Kind
  /// What is wrong and what to do, for a person.
  package let sentence: String
  /// What was thrown below, when something was.
  package let cause: (any Error)?

  package init(_ kind: Kind, _ sentence: String, cause: (any Error)? = nil) {
    self.kind = kind
    self.sentence = sentence
    self.cause = cause
  }

  package var description: String { sentence }

  /// What an error of SQLite means to a person.
  init(_ error: any Error, path: String) {
    if let fault = error as? StoreFault {
      self = fault
      return
    }
    guard let database = error as? DatabaseError else {
      self.init(.failed, "The token store \(path) cannot be used.", cause: error)
      return
    }
    let (kind, what) = Self.meaning(of: database)
    self.init(kind, "The token store \(path) \(what) (SQLite: \(database.extendedResultCode.rawValue))", cause: error)
  }

  private static func meaning(of error: DatabaseError) -> (Kind, String) {
    switch error.resultCode {
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      return (.busy, "is locked by another process for longer than DB_TIMEOUT. Look who has it open.")
    case .SQLITE_INTERRUPT: return (.timedOut, "did not answer within DB_TIMEOUT.")
    case .SQLITE_FULL: return (.full, "cannot grow: the disk is full. Make room.")
    case .SQLITE_CORRUPT, .SQLITE_NOTADB: return (.corrupt, "is damaged.")
    case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_CANTOPEN, .SQLITE_AUTH:
      return (
        .file,
        "cannot be opened. Also who only reads must be able to write to it and to make files in its folder: look at the "
          + "owner and the mode of both."
      )
    case .SQLITE_CONSTRAINT: return (.nonsense, "refused a row that makes no sense.")
    case .SQLITE_IOERR: return (.failed, "could not be read or written. Look whether the disk is full or failing.")
    default: return (.failed, "cannot be used.")
    }
  }
}
