import HTTPTypes
import TelephoneKit
import TelephoneTesting
import Testing

/// A stage is built, used by many exchanges, and shut down.
@Suite(.timeLimit(.minutes(1)))
struct StageLifeTests {
  /// Notes when it is shut down.
  struct Mortal: RequestStage {
    static let name = "mortal"
    static let summary = "Ends."
    let end: @Sendable () async -> Void
    init(end: @escaping @Sendable () async -> Void) { self.end = end }
    init(_ options: NoOptions, _ context: StageContext) { self.init {} }
    func process(_ exchange: Exchange) async throws -> Decision { .proceed }
    func shutdown() async { await end() }
  }

  private func context(_ work: BackgroundWork, directory: String = ".") -> StageContext {
    StageContext(id: "id", clock: ManualClock(), logger: .silent, directory: directory, work: work)
  }

  @Test func `background work ends before the stages do, and those end in reverse`() async throws {
    let diary = Diary()
    let gate = Gate()
    let work = BackgroundWork()
    context(work).background {
      do { try await gate.enter() } catch { diary.note("work over") }
    }
    await gate.waiting(1)
    let line = try Line(
      [
        PipelineStep(id: "one", built: BuiltStage(Mortal { diary.note("one") })),
        PipelineStep(id: "two", built: BuiltStage(Mortal { diary.note("two") }, work: work)),
        .backend { _ in Response() },
      ])
    await line.pipeline.shutdown()
    #expect(diary.notes == ["work over", "two", "one"])
  }

  @Test func `no background work starts after the end`() async throws {
    let diary = Diary()
    let work = BackgroundWork()
    let context = context(work)
    await work.end()
    context.background { diary.note("late") }
    await work.end()
    #expect(diary.notes.isEmpty)
  }

  @Test(arguments: [("keys/a.pem", "/etc/t/keys/a.pem"), ("/abs.pem", "/abs.pem")])
  func `paths in options start at the folder of the file`(_ path: String, _ seen: String) {
    #expect(context(BackgroundWork(), directory: "/etc/t").path(path) == seen)
  }

  @Test func `the id of a step is its stage's name unless one is given`() throws {
    let step = PipelineStep(stage: Ask { _ in .proceed })
    #expect(step.id == "ask")
    #expect(PipelineStep(id: "other", stage: Ask { _ in .proceed }).stageName == "ask")
  }

  @Test func `steps that make no pipeline are refused`() throws {
    let ask = PipelineStep.request("ask") { _ in .proceed }
    let backend = PipelineStep.backend { _ in Response() }
    func fault(_ steps: PipelineStep...) -> PipelineError? {
      do {
        _ = try Pipeline(name: "test", steps: steps, logger: .silent)
        return nil
      } catch { return error }
    }
    #expect(fault(ask, backend, .emit()) == nil)
    #expect(fault(ask, ask, backend, .emit()) == .idTaken("ask"))
    #expect(fault(backend, ask, .emit()) == .outOfOrder)
    #expect(fault(ask, backend) == .emitters(0))
    #expect(fault(ask, PipelineStep(id: "a", stage: Write(Write.plainly)), .emit()) == .emitters(2))
  }
}

/// The registry is loud.
struct StageRegistryTests {
  struct Trackless: Stage {
    static let name = "trackless"
    static let summary = "Works nowhere."
    static let track = Track.request
    init(_ options: NoOptions, _ context: StageContext) {}
  }

  struct Shouting: RequestStage {
    static let name = "Shout_Ing"
    static let summary = "Has a bad name."
    init(_ options: NoOptions, _ context: StageContext) {}
    func process(_ exchange: Exchange) async throws -> Decision { .proceed }
  }

  @Test func `a name is registered once`() {
    #expect(throws: RegistryError.nameTaken("ask")) { try StageRegistry([Ask.self, Serve.self, Ask.self]) }
  }

  @Test func `a name is lower-case words with dashes`() {
    #expect(throws: RegistryError.badName("Shout_Ing")) { try StageRegistry([Shouting.self]) }
  }

  @Test func `a stage works on one of the five tracks`() {
    #expect(throws: RegistryError.noTrack("trackless")) { try StageRegistry([Trackless.self]) }
  }

  @Test func `stages are listed by track, then by name`() throws {
    let registry = try StageRegistry([Write.self, Conclude.self, Touch.self, Serve.self, Ask.self])
    #expect(registry.all.map(\.name) == ["ask", "serve", "touch", "write", "conclude"])
    #expect(registry.names == ["ask", "conclude", "serve", "touch", "write"])
    #expect(registry["serve"]?.track == .backend)
    #expect(registry["nothing"] == nil)
  }

  @Test func `a stand-in can be named, but not built, and takes no name away`() async throws {
    var registry = try StageRegistry([Ask.self])
    try registry.register(standIn: "forward", on: .backend)
    #expect(throws: RegistryError.nameTaken("ask")) { try registry.register(standIn: "ask", on: .request) }
    let type = try #require(registry["forward"])
    let options = try type.options(from: ["to": "http://127.0.0.1"])
    let context = StageContext(id: "forward", logger: .silent)
    await #expect(throws: StageBuildError.self) { try await type.build(options, context) }
  }

  @Test func `the options of one stage do not build another`() async throws {
    struct Other: StageOptions {}
    let type = try #require(try StageRegistry([Ask.self])["ask"])
    let context = StageContext(id: "ask", logger: .silent)
    await #expect(throws: RegistryError.foreignOptions(stage: "ask")) { try await type.build(Other(), context) }
  }
}
