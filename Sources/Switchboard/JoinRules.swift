import PhoenixChannels
import Tunnel

/// What a telephone is answered when it joins: the protocol and its bounds, out of what it offers.
struct JoinRules: Equatable {
  /// A join that is granted.
  struct Grant: Equatable {
    /// The reply's response.
    var response: JSONValue
    /// What the telephone declared for protocol 2; `nil`: the line speaks protocol 1.
    var offered: LineTerms?
  }

  /// A join that is not granted.
  struct Refusal: Error, Equatable {
    /// The reply's reason.
    var sentence: String
  }

  /// A binary message has so many octets for its topic, and as many for its join_ref.
  static let longestName = 255

  let pathID: String
  /// How long the token is still good, in seconds.
  let expiresIn: Int64
  let settings: SwitchboardSettings

  init(pathID: String, expiresIn: Int64 = 0, settings: SwitchboardSettings) {
    self.pathID = pathID
    self.expiresIn = expiresIn
    self.settings = settings
  }

  /// The topic that may be joined.
  var topic: String { "telephone:\(pathID)" }

  /// - Throws: for an offer that is malformed, or that has no protocol of ours.
  func grant(_ join: PhoenixMessage) throws(Refusal) -> Grant {
    var response: [String: JSONValue] = [
      "status": "connected", "path": .string(pathID), "expires_in": .integer(expiresIn),
    ]
    let offer: LineOffer
    do {
      offer = try LineOffer(join.json?["telephone"])
    } catch {
      throw Refusal(sentence: error.sentence)
    }
    // A join without a join_ref can be sent no binary push, which names the join that it belongs to.
    let takesBinary =
      (1...Self.longestName).contains(join.joinRef?.utf8.count ?? 0) && topic.utf8.count <= Self.longestName
    if settings.protocols.contains(2), offer.protocols.contains(2), takesBinary {
      response["telephone"] = settings.terms.grant
      return Grant(response: .object(response), offered: offer.terms)
    }
    guard offer.protocols.contains(1) else { throw Refusal(sentence: "No offered protocol is spoken here.") }
    if settings.grantsBase64 { response["body_encoding"] = "base64" }
    return Grant(response: .object(response))
  }
}
