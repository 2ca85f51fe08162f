package io.sentencestreams.app.cli;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.TopicPartition;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** Records of one partition: {@code from} to before {@code end}. */
record OffsetRange(TopicPartition partition, long from, long end) {
  private static final Pattern FORM = Pattern.compile("(\\d{1,9}):(\\d{1,18})(?:-(\\d{1,18}))?");

  /** Reads {@code PARTITION:OFFSET} or {@code PARTITION:FROM-TO}, both ends included. */
  static OffsetRange parse(
      String text, String topic, List<TopicPartition> partitions, CommandLine command) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new ParameterException(
          command,
          "--offsets " + text + ": write PARTITION:OFFSET or PARTITION:FROM-TO, as 0:17-20");
    }
    TopicPartition partition = new TopicPartition(topic, Integer.parseInt(matcher.group(1)));
    long from = Long.parseLong(matcher.group(2));
    long last = matcher.group(3) == null ? from : Long.parseLong(matcher.group(3));
    if (!partitions.contains(partition)) {
      throw new ParameterException(
          command,
          "--offsets %s: topic %s has partitions 0 to %d"
              .formatted(text, topic, partitions.size() - 1));
    }
    if (last < from) {
      throw new ParameterException(command, "--offsets " + text + ": its end is before its start");
    }
    return new OffsetRange(partition, from, last + 1);
  }
}
