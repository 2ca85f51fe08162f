package io.sentencestreams.trainer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sentencestreams.trainer.TrainingReport.Evaluation;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A report as a page of HTML that needs nothing else: curves of loss and score, and provenance. */
final class ReportPage {
  private static final int WIDTH = 720;
  private static final int HEIGHT = 220;
  private static final int POINTS = 360;

  private static final String PAGE =
      """
      <!doctype html>
      <html lang="en"><head><meta charset="utf-8"><title>Training run</title>
      <style>body{font:14px sans-serif;max-width:760px;margin:2em auto}svg{background:#f6f6f6}
      polyline{fill:none;stroke:#1565c0;stroke-width:1.5}</style></head><body>
      <h1>Training run</h1>
      <p>{summary}</p>
      <h2>Loss</h2>
      {loss}
      <h2>Score</h2>
      {score}
      <h2>Provenance</h2>
      <pre>{provenance}</pre>
      </body></html>
      """;

  private final TrainingReport report;
  private final ObjectNode provenance;

  /** A place on a curve. */
  private record Point(double x, double y) {}

  ReportPage(TrainingReport report, ObjectNode provenance) {
    this.report = report;
    this.provenance = provenance;
  }

  String html() {
    List<Point> scores = new ArrayList<>();
    for (Evaluation evaluation : report.evaluations()) {
      scores.add(new Point(evaluation.step(), evaluation.score()));
    }
    String best =
        report.bestScore().isPresent()
            ? String.format(Locale.ROOT, "; best score %.4f", report.bestScore().getAsDouble())
            : "";
    String summary =
        String.format(
            Locale.ROOT,
            "%d steps%s, %.1f samples a second%s.",
            report.steps(),
            report.stoppedEarly() ? ", stopped early" : "",
            report.samplesPerSecond(),
            best);
    return PAGE.replace("{summary}", summary)
        .replace("{loss}", curve(means()))
        .replace("{score}", scores.isEmpty() ? "<p>None.</p>" : curve(scores))
        .replace("{provenance}", escape(provenance.toPrettyString()));
  }

  /** Means of equal stretches, so that a long run is not a solid bar. */
  private List<Point> means() {
    List<Double> losses = report.losses();
    int stretch = Math.max(1, losses.size() / POINTS);
    List<Point> points = new ArrayList<>();
    for (int from = 0; from < losses.size(); from += stretch) {
      int to = Math.min(from + stretch, losses.size());
      double mean =
          losses.subList(from, to).stream().mapToDouble(Double::doubleValue).average().orElse(0);
      points.add(new Point((from + 1 + to) / 2.0, mean));
    }
    return points;
  }

  private String curve(List<Point> points) {
    double least = points.stream().mapToDouble(Point::y).min().orElse(0);
    double greatest = points.stream().mapToDouble(Point::y).max().orElse(1);
    double span = greatest > least ? greatest - least : 1;
    StringBuilder line = new StringBuilder();
    for (Point point : points) {
      line.append(
          String.format(
              Locale.ROOT,
              "%.1f,%.1f ",
              point.x() / Math.max(1, report.steps()) * WIDTH,
              (1 - (point.y() - least) / span) * (HEIGHT - 20) + 10));
    }
    return String.format(
        Locale.ROOT,
        "<svg width=\"%d\" height=\"%d\"><polyline points=\"%s\"/></svg> <p>%.4f to %.4f</p>",
        WIDTH,
        HEIGHT,
        line.toString().strip(),
        least,
        greatest);
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
