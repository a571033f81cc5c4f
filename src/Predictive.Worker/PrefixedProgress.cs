using Predictive.Training;

namespace Predictive.Worker;

/// <summary>Progress of one of several runs: each stage is told with what tells the runs apart before it.</summary>
internal sealed class PrefixedProgress : IProgress<PipelineProgress>
{
    private readonly IProgress<PipelineProgress> _target;
    private readonly string _prefix;

    private PrefixedProgress(IProgress<PipelineProgress> target, string prefix) => (_target, _prefix) = (target, prefix);

    /// <summary>Of one that is told; null = nobody is.</summary>
    public static IProgress<PipelineProgress>? Of(IProgress<PipelineProgress>? target, string prefix) =>
        target is null ? null : new PrefixedProgress(target, prefix);

    /// <inheritdoc/>
    public void Report(PipelineProgress value) => _target.Report(value with { Stage = _prefix + value.Stage });
}
