namespace Predictive.Api;

/// <summary>The scoring host.</summary>
public static class ScoringHost
{
}
