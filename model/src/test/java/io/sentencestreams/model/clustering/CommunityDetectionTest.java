package io.sentencestreams.model.clustering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import io.sentencestreams.model.ApplicationGoldens;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class CommunityDetectionTest {
  @Test
  void shouldFindTheCommunitiesOfTheReference() throws IOException {
    ApplicationGoldens golden = ApplicationGoldens.read();
    List<int[]> expected = new ArrayList<>();
    for (JsonNode community : golden.at("/communities")) {
      expected.add(ApplicationGoldens.ints(community));
    }
    assertThat(expected).hasSizeGreaterThan(2);
    assertThat(new CommunityDetection(0.9f, 3).find(golden.embeddings()))
        .usingElementComparator(Arrays::compare)
        .containsExactlyElementsOf(expected);
  }

  @Test
  void shouldGiveARowToOneCommunityOnlyAndLeaveOthersOut() {
    float[][] rows = {{1, 0, 0}, {1, 0.1f, 0}, {1, -0.1f, 0}, {0, 1, 0}, {0, 1, 0.1f}, {0, 0, 1}};
    List<int[]> found = new CommunityDetection(0.98f, 2).find(rows);
    assertThat(found).hasSize(2);
    assertThat(found.get(0)).startsWith(0).containsExactlyInAnyOrder(0, 1, 2);
    assertThat(found.get(1)).containsExactlyInAnyOrder(3, 4);
    assertThat(new CommunityDetection(0.98f, 4).find(rows)).isEmpty();
    assertThat(new CommunityDetection(0.98f, 1).find(new float[0][])).isEmpty();
  }

  @Test
  void shouldRefuseSettingsThatMeanNothing() {
    assertThatIllegalArgumentException().isThrownBy(() -> new CommunityDetection(1.1f, 3));
    assertThatIllegalArgumentException().isThrownBy(() -> new CommunityDetection(0.5f, 0));
  }
}
