/// A pipeline as it protects an interface on the internet, in a folder of its own.
struct PublicAPI: ~Copyable {
  static let text = """
    pipeline: public-api
    variables:
      JWT_SECRET: { secret: true, example: not-a-secret-not-a-secret-not-a-secret-1 }
      BACKEND_URL: { default: "http://127.0.0.1:9" }
    stages:
      - stage: limit-headers
        with: { max-count: 64 }
      - normalize-path
      - stage: verify-jwt
        when: { path: /api/** }
        with: { algorithms: [HS256], secret: "${JWT_SECRET}", audience: billing }
      - stage: rate-limit
        id: per-client
        when: { all: [{ path: /limited }, { not: { method: OPTIONS } }] }
        with: { key: client-address, rate: 1/s, burst: 2 }
      - stage: forward
        with: { to: "${BACKEND_URL}", first-byte-timeout: 10s }
      - stage: emit-chunks
        with: { max-chunk: 64KiB }

    """

  let folder: TemporaryFolder
  let file: String

  init() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(Self.text, to: "public-api.yaml")
    self.folder = folder
    self.file = file
  }

  func dryRun(_ arguments: String..., input: [UInt8] = []) async throws -> Program.Result {
    try await Program().run(arguments: ["dry-run", file] + arguments, input: input)
  }
}
