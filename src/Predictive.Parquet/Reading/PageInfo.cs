namespace Predictive.Parquet;

/// <summary>What the page index says about one data page of a flat column.</summary>
/// <param name="FirstRow">Row of the row group the page starts with.</param>
/// <param name="RowCount">Rows of the page.</param>
/// <param name="Statistics">Bounds and null count; null where the file has none.</param>
public sealed record PageInfo(long FirstRow, long RowCount, ColumnStatistics? Statistics);
