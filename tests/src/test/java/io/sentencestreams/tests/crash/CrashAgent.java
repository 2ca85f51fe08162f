package io.sentencestreams.tests.crash;

import static net.bytebuddy.matcher.ElementMatchers.isStatic;
import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.namedOneOf;
import static net.bytebuddy.matcher.ElementMatchers.not;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import net.bytebuddy.agent.builder.AgentBuilder;
import net.bytebuddy.asm.Advice;

/**
 * A Java agent that kills or freezes its process at a {@link CrashPoint}, so that the program needs
 * no hooks for it. It is a SIGKILL: {@link Runtime#halt} would still run the exit handlers of
 * native code. A frozen one gets a SIGSTOP, and goes on from there at a SIGCONT.
 */
public final class CrashAgent {
  /** 128 + 9: what a process that SIGKILL ended reports. */
  static final int STATUS = 137;

  private static CrashPoint point;
  private static int lastCall;
  private static Act act;
  private static final AtomicInteger CALLS = new AtomicInteger();

  /** Slots in use, by the tasks' stores. */
  private static final Map<Object, Integer> IN_USE = new ConcurrentHashMap<>();

  /** As many as {@link CrashPoint#RESUBMIT} counts. */
  private static final int SOME_IN_FLIGHT = 2;

  private CrashAgent() {}

  /** What happens at the point. */
  enum Act {
    KILL,
    /** A SIGSTOP, at the first call; the process goes on from there at a SIGCONT. */
    FREEZE,
    /** The calling thread never goes on, from the first call; all others do. */
    HOLD
  }

  /** What {@code -javaagent} is given. */
  static String argument(Act act, CrashPoint point) {
    return act + " " + point + " " + (act == Act.KILL ? point.call : 1);
  }

  /** Called by the JVM before {@code main}. */
  public static void premain(String argument, Instrumentation instrumentation) {
    String[] words = argument.split(" ", -1);
    act = Act.valueOf(words[0]);
    point = CrashPoint.valueOf(words[1]);
    lastCall = Integer.parseInt(words[2]);
    AgentBuilder agent =
        new AgentBuilder.Default()
            .with(AgentBuilder.Listener.StreamWriting.toSystemError().withErrorsOnly());
    (point == CrashPoint.CHANGELOG_ACKNOWLEDGED ? HeldOutput.weave(agent) : weave(agent))
        .installOn(instrumentation);
  }

  private static AgentBuilder weave(AgentBuilder agent) {
    Class<?> advice = point.moment == CrashPoint.Moment.BEFORE ? Before.class : After.class;
    AgentBuilder woven =
        agent
            .type(named(point.className))
            .transform(
                (builder, type, loader, module, domain) ->
                    builder.visit(Advice.to(advice).on(named(point.method).and(not(isStatic())))));
    return !point.needsWorkInFlight()
        ? woven
        : woven
            .type(named(CrashPoint.PUT.className))
            .transform(
                (builder, type, loader, module, domain) ->
                    builder.visit(
                        Advice.to(SlotsInUse.class).on(namedOneOf("put", "free", "restore"))));
  }

  /** A task's store has so many slots in use now. */
  public static void inUse(Object store, int slots) {
    IN_USE.put(store, slots);
  }

  /** Counts the calls of the point's method; at the one that matters it acts. */
  public static void reached() {
    if (point.needsWorkInFlight()
        && IN_USE.values().stream().mapToInt(Integer::intValue).sum() < SOME_IN_FLIGHT) {
      return;
    }
    if (CALLS.incrementAndGet() == lastCall) {
      switch (act) {
        case KILL -> die(point);
        case FREEZE -> freeze();
        case HOLD -> hold();
      }
    }
  }

  private static void freeze() {
    System.err.println("frozen at " + point);
    signalSelf("STOP");
    System.err.println("awake again");
  }

  private static void hold() {
    while (true) {
      LockSupport.park();
    }
  }

  /** Ends the process; does not return. */
  static void die(CrashPoint where) {
    System.err.println("crash point " + where + " reached");
    signalSelf("KILL");
    throw new IllegalStateException("kill did not kill " + ProcessHandle.current().pid());
  }

  private static void signalSelf(String signal) {
    try {
      String self = Long.toString(ProcessHandle.current().pid());
      new ProcessBuilder("kill", "-" + signal, self).inheritIO().start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted on the way to the end", e);
    }
  }

  /** Writes the archive that {@code -javaagent} asks for; the class itself is on the class path. */
  static Path archive(Path folder) throws IOException {
    Path archive = folder.resolve("crash-agent.jar");
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().putValue("Premain-Class", CrashAgent.class.getName());
    try (OutputStream file = Files.newOutputStream(archive);
        JarOutputStream jar = new JarOutputStream(file, manifest)) {
      jar.finish();
    }
    return archive;
  }

  /** Woven in before the method's body. */
  static final class Before {
    private Before() {}

    @Advice.OnMethodEnter
    static void enter() {
      CrashAgent.reached();
    }
  }

  /** Woven into what fills and empties slots. */
  static final class SlotsInUse {
    private SlotsInUse() {}

    @Advice.OnMethodExit
    static void exit(
        @Advice.This Object store,
        @Advice.FieldValue("slots") int slots,
        @Advice.FieldValue("free") Deque<Integer> free) {
      CrashAgent.inUse(store, slots - free.size());
    }
  }

  /** Woven in after the method's body. */
  static final class After {
    private After() {}

    @Advice.OnMethodExit
    static void exit() {
      CrashAgent.reached();
    }
  }
}
