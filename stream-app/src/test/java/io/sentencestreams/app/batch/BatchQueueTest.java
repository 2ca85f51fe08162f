package io.sentencestreams.app.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.sentencestreams.model.TokenizedText;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatchQueueTest {
  private static final int TOKENS = 10;

  @Test
  void shouldTakeUrgentTextsAheadOfThoseThatWaitAndOfBatchesThatAreFormed() throws Exception {
    BatchQueue queue = new BatchQueue(2 * TOKENS, 0, () -> true, () -> 0);
    for (int i = 0; i < 8; i++) {
      queue.submit(ticket("waits " + i, false));
    }
    tokenize(queue);
    assertThat(texts(queue.takeBatch())).containsExactly("waits 0", "waits 1");
    queue.submit(ticket("waits 8", false));
    for (int i = 0; i < 3; i++) {
      queue.submit(ticket("urgent " + i, true));
    }
    tokenize(queue);
    assertThat(queue.waiting()).isEqualTo(10);
    assertThat(texts(queue.takeBatch())).containsExactly("urgent 2", "urgent 1");
    assertThat(texts(queue.takeBatch())).containsExactly("urgent 0");
    assertThat(texts(queue.takeBatch())).containsExactly("waits 2", "waits 3");
    assertThat(queue.waiting()).isEqualTo(5);
  }

  @Test
  void shouldLetGoOfAnUrgentTextThatNobodyWaitsForAnyMore() throws Exception {
    BatchQueue queue = new BatchQueue(2 * TOKENS, 0, () -> true, () -> 0);
    Ticket first = ticket("urgent 1", true);
    Ticket second = ticket("urgent 2", true);
    queue.submit(ticket("waits", false));
    queue.submit(first);
    assertThat(queue.remove(first)).as("from those to be tokenized").isTrue();
    queue.submit(second);
    tokenize(queue);
    tokenize(queue);
    assertThat(queue.remove(second)).as("from those to be encoded").isTrue();
    assertThat(queue.remove(second)).isFalse();
    assertThat(texts(queue.takeBatch())).containsExactly("waits");
    assertThat(queue.waiting()).isZero();
  }

  @Test
  void shouldSortByLengthOnlyWhereBatchesAreBestOfLikeLengths() throws Exception {
    List<String> arriving = List.of("1234", "1", "123456", "12", "123");
    for (boolean likeLengths : new boolean[] {true, false}) {
      BatchQueue queue = new BatchQueue(7, 0, () -> likeLengths, () -> 0);
      arriving.forEach(text -> queue.submit(ticket(text, false)));
      List<Ticket> taken = queue.takeForTokenizing();
      taken.forEach(
          ticket -> ticket.tokenized(new TokenizedText(new int[ticket.text().length()], false)));
      queue.putTokenized(taken);
      if (likeLengths) {
        assertThat(texts(queue.takeBatch())).containsExactly("1", "12", "123");
      } else {
        assertThat(texts(queue.takeBatch())).containsExactly("1234", "1");
        assertThat(texts(queue.takeBatch())).containsExactly("123456");
        assertThat(texts(queue.takeBatch())).containsExactly("12", "123");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldTokenizeNoFurtherAheadThanTheEncoderNeeds(boolean likeLengths) throws Exception {
    BatchQueue queue = withEnoughReady(likeLengths);
    queue.submit(ticket("last", false));
    FutureTask<List<Ticket>> tokenizer = waitingTokenizer(queue);
    assertThat(texts(queue.takeBatch())).containsExactly("waits 0", "waits 1");
    assertThat(texts(tokenizer.get(1, TimeUnit.MINUTES))).containsExactly("last");
  }

  @Test
  void shouldTokenizeAnUrgentTextAtOnceAndAlone() throws Exception {
    BatchQueue queue = withEnoughReady(true);
    queue.submit(ticket("last", false));
    FutureTask<List<Ticket>> tokenizer = waitingTokenizer(queue);
    queue.submit(ticket("urgent", true));
    assertThat(texts(tokenizer.get(1, TimeUnit.MINUTES))).containsExactly("urgent");
  }

  @Test
  void shouldTokenizeWhereManyTextsHaveGathered() throws Exception {
    BatchQueue queue = withEnoughReady(true);
    queue.submit(ticket("first", false));
    FutureTask<List<Ticket>> tokenizer = waitingTokenizer(queue);
    while (queue.waiting() < 2 * BatchQueue.WINDOW + 256) {
      queue.submit(ticket("more", false));
    }
    assertThat(tokenizer.get(1, TimeUnit.MINUTES)).hasSize(256);
  }

  @Test
  void shouldEndATokenizerThatWaits() throws Exception {
    BatchQueue queue = withEnoughReady(true);
    queue.submit(ticket("last", false));
    FutureTask<List<Ticket>> tokenizer = waitingTokenizer(queue);
    queue.close();
    assertThat(tokenizer.get(1, TimeUnit.MINUTES)).isEmpty();
  }

  private static BatchQueue withEnoughReady(boolean likeLengths) throws InterruptedException {
    BatchQueue queue = new BatchQueue(2 * TOKENS, 0, () -> likeLengths, () -> 0);
    for (int i = 0; i < 2 * BatchQueue.WINDOW; i++) {
      queue.submit(ticket("waits " + i, false));
    }
    tokenize(queue);
    return queue;
  }

  /** A thread that asks for texts to tokenize, and has none. */
  private static FutureTask<List<Ticket>> waitingTokenizer(BatchQueue queue) {
    FutureTask<List<Ticket>> tokenizer = new FutureTask<>(queue::takeForTokenizing);
    Thread thread = new Thread(tokenizer);
    thread.start();
    while (thread.getState() != Thread.State.WAITING && thread.isAlive()) {
      Thread.onSpinWait();
    }
    assertThat(tokenizer.isDone()).isFalse();
    return tokenizer;
  }

  private static Ticket ticket(String text, boolean urgent) {
    return new Ticket(text, 1, TOKENS, 0, urgent ? Ticket.Kind.QUERY : Ticket.Kind.STREAM);
  }

  private static void tokenize(BatchQueue queue) throws InterruptedException {
    List<Ticket> taken = queue.takeForTokenizing();
    taken.forEach(ticket -> ticket.tokenized(new TokenizedText(new int[TOKENS], false)));
    queue.putTokenized(taken);
  }

  private static List<String> texts(List<Ticket> batch) {
    return batch.stream().map(Ticket::text).toList();
  }
}
