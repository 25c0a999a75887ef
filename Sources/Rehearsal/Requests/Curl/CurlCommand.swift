/// What a curl command line says, before it becomes requests.
struct CurlCommand {
  /// The word `curl`.
  var offset: Int
  var urls: [ShellWord] = []
  var method: ShellWord?
  /// What stands behind each `-H`, and what `--json` adds.
  var headers: [ShellWord] = []
  /// What the data options add up to.
  var data: [UInt8]?
  /// What is added to the query of each URL.
  var query: [UInt8]?
  var sendsDataInQuery = false
  var isHead = false
  var isCompressed = false
  var isGlobOff = false
  var user: ShellWord?
  var bearer: ShellWord?
  var userAgent: ShellWord?
  var referer: ShellWord?
  var range: ShellWord?
  var requestTarget: ShellWord?
  var cookies: [ShellWord] = []
  /// The options that have no effect here, in their order.
  var ignored: [String] = []
}
