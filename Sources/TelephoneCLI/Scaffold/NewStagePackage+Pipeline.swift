extension NewStagePackage {
  var pipeline: String {
    #"""
    # A pipeline with a stage that only \#(name.program) knows.
    pipeline: \#(name.text)
    variables:
      BACKEND_URL: { default: "http://127.0.0.1:8080", description: The service behind the telephone }
    stages:
      - stage: \#(name.text)
        when: { method: POST }
        with: { value: "Good day, {client}", if-present: refuse }
      - stage: forward
        with: { to: "${BACKEND_URL}" }
      - emit-chunks

    tests:
      - name: what is posted gets the field
        request: { method: POST, client-address: 192.0.2.7 }
        expect: { status: 200, backend: { fields: { \#(name.field): "Good day, 192.0.2.7" } } }
      - name: what is only read does not
        request: { method: GET }
        expect: { status: 200, backend: { fields: { \#(name.field): { absent: true } } } }
      - name: a client cannot bring the field along
        request: { method: POST, fields: { \#(name.field): Hi } }
        expect: { status: 400, code: field-present, decided-by: \#(name.text), backend: not-called }

    """#
  }
}
