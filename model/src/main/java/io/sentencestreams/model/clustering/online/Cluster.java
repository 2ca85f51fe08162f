package io.sentencestreams.model.clustering.online;

import java.util.List;

/**
 * A cluster after a macro step.
 *
 * @param id kept for as long as the cluster lives, never given twice
 * @param size number of records in its micro-clusters, not faded
 * @param weight faded number of records
 * @param centroid weighted mean of the records' unit vectors
 * @param representatives typical records, most typical first
 * @param terms most telling first, by class-based tf-idf (Grootendorst 2022)
 * @param firstSeen time of its earliest record
 * @param lastSeen time of its latest record
 * @param parents ids of the clusters that it took in, or the one that it split from
 */
@SuppressWarnings("ArrayRecordComponent") // compared by id only
public record Cluster(
    long id,
    long size,
    double weight,
    float[] centroid,
    List<Representative> representatives,
    List<String> terms,
    long firstSeen,
    long lastSeen,
    List<Long> parents) {}
