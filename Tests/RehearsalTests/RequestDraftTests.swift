import HTTPTypes
import NIOCore
import Rehearsal
import TelephoneKit
import Testing

@Suite struct RequestDraftTests {
  @Test func `a draft can be sent twice, each time with its whole body`() async throws {
    let draft = RequestDraft(method: .post, target: "/a?b", body: ByteBuffer(string: "hello"))
    for _ in 0..<2 {
      let request = draft.request
      #expect(try await request.body.collect(upTo: 10) == ByteBuffer(string: "hello"))
      #expect(request.target == "/a?b")
    }
  }
}
