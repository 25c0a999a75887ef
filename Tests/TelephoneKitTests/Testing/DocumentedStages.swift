import Foundation
import HTTPTypes
import Logging
import NIOCore
import Synchronization
import TelephoneKit

// The stages of docs/writing-stages.md. Change them there too.

/// Refuses requests that do not greet.
struct RequireGreeting: RequestStage {
  struct Options: StageOptions {
    @Option(help: "The field that must be there.") var field = "X-Greeting"
    @Option(help: "The longest greeting that is taken.", range: .octets(1) ... .kibibytes(8))
    var maxLength = ByteSize.octets(200)

    func validate() throws {
      guard HTTPField.Name(field) != nil else {
        throw OptionProblem("'\(field)' is no field name", option: "field")
      }
    }
  }

  static let name = "require-greeting"
  static let summary = "Refuses requests that do not greet."
  static let answers = [
    StageAnswer(400, "no-greeting", "the field is missing"),
    StageAnswer(431, "greeting-too-long", "the field is longer than `max-length`"),
  ]

  let field: HTTPField.Name
  let maxLength: Int

  init(_ options: Options, _ context: StageContext) throws {
    guard let field = HTTPField.Name(options.field) else {
      throw StageBuildError("'\(options.field)' is no field name.", option: "field")
    }
    self.field = field
    self.maxLength = options.maxLength.octets
  }

  func process(_ exchange: Exchange) async throws -> Decision {
    guard let greeting = exchange.request.fields[field] else {
      throw Refusal(status: .badRequest, code: "no-greeting", "Say hello in \(field.rawName) first.")
    }
    guard greeting.utf8.count <= maxLength else {
      throw Refusal(
        status: .requestHeaderFieldsTooLarge, code: "greeting-too-long",
        "A greeting has at most \(maxLength) octets.")
    }
    return .proceed
  }
}

/// Answers `GET /robots.txt` itself.
struct RefuseRobots: RequestStage {
  static let name = "refuse-robots"
  static let summary = "Tells crawlers to stay away."

  init(_ options: NoOptions, _ context: StageContext) {}

  func process(_ exchange: Exchange) async throws -> Decision {
    guard exchange.request.path == "/robots.txt" else { return .proceed }
    return .answer(Response(text: "User-agent: *\nDisallow: /\n"))
  }
}

/// Changes the body of every answer while it goes by.
struct ShoutBody: ResponseStage {
  static let name = "shout-body"
  static let summary = "Makes the letters a to z of text answers large."

  init(_ options: NoOptions, _ context: StageContext) {}

  func process(_ response: inout Response, of exchange: Exchange) async throws {
    guard response.fields[.contentType]?.hasPrefix("text/") == true else { return }
    response.body = response.body.map(length: response.body.length) { buffer in
      ByteBuffer(bytes: buffer.readableBytesView.map { (97...122).contains($0) ? $0 - 32 : $0 })
    }
  }
}

/// Refuses forms that do not say who sends them.
struct CheckForm: RequestStage {
  static let name = "check-form"
  static let summary = "Refuses forms without a sender."

  init(_ options: NoOptions, _ context: StageContext) {}

  func process(_ exchange: Exchange) async throws -> Decision {
    let form: ByteBuffer
    do {
      form = try await exchange.request.body.collect(upTo: 64 * 1024)
    } catch BodyError.tooLarge(let limit) {
      throw Refusal(status: .contentTooLarge, code: "form-too-large", "A form has at most \(limit) octets.")
    }
    guard String(buffer: form).split(separator: "&").contains(where: { $0.hasPrefix("sender=") }) else {
      throw Refusal(status: .badRequest, code: "no-sender", "The form needs a sender.")
    }
    exchange.request.body = Body(form, trailers: exchange.request.body.trailers)
    return .proceed
  }
}

/// Who a request is for. The type is its own key.
struct Tenant: ExchangeKey, Sendable, Hashable {
  typealias Value = Tenant
  var name: String
}

/// Leaves the tenant in the exchange.
struct IdentifyTenant: RequestStage {
  static let name = "identify-tenant"
  static let summary = "Takes the tenant from the first label of the host."

  init(_ options: NoOptions, _ context: StageContext) {}

  func process(_ exchange: Exchange) async throws -> Decision {
    if let label = exchange.request.authority.split(separator: ".").first {
      exchange.values[Tenant.self] = Tenant(name: String(label))
    }
    return .proceed
  }
}

/// Tells the backend who the tenant is.
struct TenantToField: RequestStage {
  static let name = "tenant-to-field"
  static let summary = "Hands the tenant to the backend in X-Tenant."

  init(_ options: NoOptions, _ context: StageContext) {}

  func process(_ exchange: Exchange) async throws -> Decision {
    if let name = HTTPField.Name("X-Tenant") {
      exchange.request.fields[name] = exchange.values[Tenant.self]?.name
    }
    return .proceed
  }
}

/// Touches the answer from the request track.
struct AllowOrigin: RequestStage {
  struct Options: StageOptions {
    @Option(help: "The origins that may read answers.", required: ["https://app.example"]) var origins: [String]
  }

  static let name = "allow-origin"
  static let summary = "Lets pages of other origins read answers."

  let origins: Set<String>

  init(_ options: Options, _ context: StageContext) { origins = Set(options.origins) }

  func process(_ exchange: Exchange) async throws -> Decision {
    guard let origin = exchange.request.fields[.origin], origins.contains(origin) else { return .proceed }
    exchange.onResponse { response, _ in
      response.fields[.accessControlAllowOrigin] = origin
      response.fields[.vary] = "Origin"
    }
    return .proceed
  }
}

/// Lets only so many exchanges in at once.
final class LimitOpen: RequestStage {
  struct Options: StageOptions {
    @Option(help: "The most exchanges at once.", range: 1...1_000_000) var max = 100
  }

  static let name = "limit-open"
  static let summary = "Lets only so many exchanges in at once."
  static let answers = [StageAnswer(503, "too-many-open", "all slots are taken")]

  let max: Int
  let open = Mutex(0)

  init(_ options: Options, _ context: StageContext) { max = options.max }

  func process(_ exchange: Exchange) async throws -> Decision {
    let isIn = open.withLock { open in
      guard open < max else { return false }
      open += 1
      return true
    }
    guard isIn else {
      throw Refusal(status: .serviceUnavailable, code: "too-many-open", "Too many at once; try again.")
    }
    exchange.onEnd { _ in self.open.withLock { $0 -= 1 } }
    return .proceed
  }
}

/// Keeps a list that it reads again from time to time.
final class DenyClients: RequestStage {
  struct Options: StageOptions {
    @Option(help: "A file with one address in each line.", required: "denied.txt") var file: String
    @Option(help: "How often it is read again.", range: .seconds(1) ... .seconds(86400))
    var every: Duration = .seconds(30)
  }

  static let name = "deny-clients"
  static let summary = "Refuses clients whose address is in a file."
  static let answers = [StageAnswer(403, "denied", "the client's address is in the file")]

  let denied: Mutex<Set<Substring>>

  init(_ options: Options, _ context: StageContext) throws {
    let path = context.path(options.file)
    do {
      denied = Mutex(try Self.read(path))
    } catch {
      throw StageBuildError("The file '\(path)' cannot be read.", option: "file", cause: error)
    }
    let (clock, logger, every) = (context.clock, context.logger, options.every)
    context.background { [weak self] in
      while (try? await clock.sleep(for: every)) != nil {
        do {
          let list = try Self.read(path)
          self?.denied.withLock { $0 = list }
        } catch {
          logger.warning("kept the old list of denied clients", metadata: ["file": "\(path)"])
        }
      }
    }
  }

  static func read(_ path: String) throws -> Set<Substring> {
    Set(try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n"))
  }

  func process(_ exchange: Exchange) async throws -> Decision {
    if let address = exchange.request.clientAddress, denied.withLock({ $0.contains(address[...]) }) {
      throw Refusal(status: .forbidden, code: "denied", "You may not come in.")
    }
    return .proceed
  }
}

/// Counts how exchanges end.
final class CountOutcomes: FinallyStage {
  static let name = "count-outcomes"
  static let summary = "Counts how exchanges end."

  let counts = Mutex<[Outcome.Kind: Int]>([:])

  init(_ options: NoOptions, _ context: StageContext) {}

  func conclude(_ exchange: Exchange, _ outcome: Outcome) async {
    counts.withLock { $0[outcome.kind, default: 0] += 1 }
  }
}
