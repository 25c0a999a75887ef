/// What `telephone init` writes.
enum StarterPipeline {
  /// - Parameter schema: the JSON Schema of pipeline files.
  static func files(schema: String) -> [Scaffold.File] {
    [
      Scaffold.File(path: "pipeline.yaml", text: text), Scaffold.File(path: ".env.example", text: environment),
      Scaffold.File(path: "pipeline.schema.json", text: schema),
    ]
  }

  private static let text = #"""
    # yaml-language-server: $schema=pipeline.schema.json
    #
    # What every request passes on its way to your service, from top to bottom. 'telephone stages' lists what can stand here,
    # and 'telephone stages NAME' shows the options of one.
    pipeline: my-service

    # What the file expects from outside: ${NAME} in a value is one of these, from the environment or from a file .env.
    # 'check', 'dry-run' and 'test' fall back to an example where there is no default; 'run' never does.
    variables:
      BACKEND_URL:
        default: "http://127.0.0.1:8080"
        description: Your service. Only this file says where requests go, never the request.
      PER_CLIENT:
        default: 20/s
        description: How many requests one client may make in the long run

    stages:
      # First what costs least: heads and bodies that are too large are answered before anything looks at them.
      - limit-headers                     # a stage whose defaults will do needs no more than its name
      - stage: limit-body
        with: { max: 1MiB }

      # From here on a path is written in one way only, so what a condition sees is what your service gets.
      - normalize-path

      # 'when' says which requests a stage is for. This one answers by itself, so your service is not asked.
      - stage: respond
        id: ping                          # names this use of the stage, in tests and traces
        when: { path: /ping, method: [GET, HEAD] }
        with: { fields: { Cache-Control: no-store }, body: "pong\n" }

      - stage: rate-limit
        with: { key: client-address, rate: "${PER_CLIENT}", burst: 40 }

      # To let in only who carries a token, put 'verify-jwt' here.

      - stage: forward
        with: { to: "${BACKEND_URL}", first-byte-timeout: 10s, total-timeout: 60s }
      - emit-chunks

    # 'telephone test' runs these with the real stages: no socket is opened, no time passes, and a stub stands in the place
    # of your service. '--coverage' tells what no test has reached.
    tests:
      - name: a request reaches the service, with its path in canonical form
        request: { method: POST, target: "/a/./b/../c?x=1", json: { name: Ann } }
        stub: { status: 201, json: { id: 7 } }
        expect:
          status: 201
          body: { json: { /id: 7 } }
          backend: { method: POST, target: "/a/c?x=1", body: { json: { /name: Ann } } }

      - name: a ping is answered without the service
        request: { target: /ping }
        expect: { status: 200, body: "pong\n", decided-by: ping, backend: not-called }

      - name: forty at once, then one each twentieth of a second, for each client by itself
        sequence:
          - { request: { target: / }, times: 40, expect: { status: 200 } }
          - { request: { target: / }, expect: { status: 429, code: rate-limited, fields: { Retry-After: "1" }, backend: not-called } }
          - { request: { target: /, client-address: 203.0.113.9 }, expect: { status: 200 } }
          - { advance: 50ms, request: { target: / }, expect: { status: 200 } }

      - name: what is too large is refused
        sequence:
          - { request: { fields: [{ name: X-Many, value: a, times: 101 }] }, expect: { status: 431, code: too-many-fields, backend: not-called } }
          - { request: { fields: [[{ repeat: x, times: 257 }, a]] }, expect: { status: 431, code: field-name-too-long } }
          - { request: { fields: { X-Long: { repeat: x, times: 16385 } } }, expect: { status: 431, code: field-value-too-long } }
          - { request: { fields: [{ name: X-Long, value: { repeat: x, times: 16384 }, times: 4 }] }, expect: { status: 431, code: fields-too-large } }
          - { request: { method: POST, body: { repeat: x, times: 1048577 } }, expect: { status: 413, code: body-too-large, backend: not-called } }

      - name: a path that is ambiguous is refused
        sequence:
          - { request: { target: /../../etc/passwd }, expect: { status: 400, code: path-climbs, decided-by: normalize-path, backend: not-called } }
          - { request: { target: /a/..%2Fb }, expect: { status: 400, code: hidden-dot-segment } }
          - { request: { target: /a%zz }, expect: { status: 400, code: bad-escape } }
          - { request: { target: /a%00b }, expect: { status: 400, code: bad-character } }
          - { request: { target: "http://example.com/" }, expect: { status: 400, code: target-form } }
          - { request: { target: { repeat: /a, times: 2049 } }, expect: { status: 414, code: path-too-long } }
          - { request: { target: ["/?", { repeat: q, times: 8193 }] }, expect: { status: 414, code: query-too-long } }

    """#

  private static let environment = #"""
    # Copy this to .env in the folder where 'telephone run' starts, and fill it in. What is set in the environment goes first.
    # A .env holds secrets: keep it out of the repository.

    # The gateway that is dialled, and the token for it.
    PLUGBOARD_URL=ws://127.0.0.1:4000/telephone/websocket
    TELEPHONE_TOKEN=
    # What tokens of the gateway are verified with: its secret (openssl rand -hex 32). With a key pair it is
    # TOKEN_PUBLIC_KEY or TOKEN_JWKS_URL in its stead.
    TOKEN_SECRET=

    # Variables of pipeline.yaml.
    BACKEND_URL=http://127.0.0.1:8080
    PER_CLIENT=20/s

    """#
}
