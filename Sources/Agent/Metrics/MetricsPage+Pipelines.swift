import Foundation
import TelephoneKit

extension MetricsPage {
  func writePipelines(_ out: inout MetricsText) {
    out.begin(
      "telephone_pipeline_swaps_total", .counter,
      "Attempts to put another pipeline in the place of the one before, by the outcome; after one that failed all is as "
        + "before.")
    out.sample(["outcome": "swapped"], pipelines.swaps)
    out.sample(["outcome": "failed"], pipelines.failures)
    out.write(
      "telephone_pipeline_last_swap_successful", .gauge, pipelines.last.map { $0.hasSucceeded ? 1.0 : 0.0 },
      "1 if the last attempt has succeeded, 0 if it has not; none, if there was none.")
    out.write(
      "telephone_pipeline_last_swap_timestamp_seconds", .gauge, pipelines.last?.at.timeIntervalSince1970,
      "When the last attempt ended, in Unix time.")
    out.write(
      "telephone_replaced_pipelines", .gauge, pipelines.replaced, "Pipelines that were replaced and have not ended.")
    out.write(
      "telephone_replaced_pipeline_exchanges", .gauge, pipelines.exchangesOnReplaced,
      "Exchanges in flight that began before their pipeline was replaced, open WebSockets among them.")
    guard let recordings else { return }
    out.begin("telephone_recordings_total", .counter, "Exchanges that were to be recorded, by what became of it.")
    out.sample(["outcome": "written"], recordings.written)
    out.sample(["outcome": "dropped"], recordings.dropped)
    out.sample(["outcome": "failed"], recordings.failed)
  }
}
