import HTTPTypes
import TelephoneKit
import Testing

struct RedactionTests {
  @Test func `secrets are hidden wherever they stand, the longest first`() {
    var redaction = Redaction()
    redaction.hide(secret: "sword")
    redaction.hide(secret: "swordfish")
    #expect(redaction.shown("a swordfish and a sword") == "a ‹secret› and a ‹secret›")
  }

  @Test func `texts of fewer than four characters are not hidden`() {
    var redaction = Redaction()
    redaction.hide(secret: "abc")
    redaction.hide(secret: "")
    #expect(redaction.shown("abcabc") == "abcabc")
  }

  @Test(arguments: [HTTPField.Name.authorization, .proxyAuthorization, .cookie, .setCookie])
  func `credentials are hidden by the name of their field`(_ name: HTTPField.Name) {
    #expect(Redaction().shown(HTTPField(name: name, value: "anything")) == Redaction.mark)
  }

  @Test(arguments: [
    ("/a?token=x", "/a?token=‹secret›"),
    ("/a?b=1&token=x&c", "/a?b=1&token=‹secret›&c"),
    ("/a?t%6Fken=x", "/a?t%6Fken=‹secret›"),
    ("/a?token", "/a?token"),
    ("/a?&&token=", "/a?&&token=‹secret›"),
    ("/token=x", "/token=x"),
    ("/a?b=c", "/a?b=c"),
    ("/a?\u{301}=1&token=x", "/a?\u{301}=1&token=‹secret›"),
    ("/a?b=1&\u{301}&token=x\u{301}", "/a?b=1&\u{301}&token=‹secret›"),
  ])
  func `query items are hidden by their name`(_ target: String, _ shown: String) {
    var redaction = Redaction()
    redaction.hide(queryItem: "token")
    #expect(redaction.shown(target: target) == shown)
  }
}
