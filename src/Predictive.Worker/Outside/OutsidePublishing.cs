using Predictive.History;
using Predictive.Learning;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;
using Predictive.Training.Outside;
using Predictive.Worker.Gate;

namespace Predictive.Worker.Outside;

/// <summary>Where judged scores are published.</summary>
/// <param name="Models">Folder of the registry.</param>
/// <param name="Name">Registry name of the model.</param>
/// <param name="SourceHash">SHA-256 of the file they came in, lower-case hex.</param>
/// <param name="Rules">Settings of the rules.</param>
/// <param name="Actor">Who publishes.</param>
/// <param name="At">When.</param>
public sealed record OutsidePlace(string Models, string Name, string SourceHash, RuleOptions Rules, string Actor, DateTimeOffset At);

/// <summary>A version of given scores.</summary>
/// <param name="Version">Where it lies.</param>
/// <param name="Given">What it holds.</param>
/// <param name="IsChallenger">It waits for promotion; false = the gate held it, and it has no alias.</param>
public sealed record OutsidePublished(ModelVersion Version, GivenScores Given, bool IsChallenger);

/// <summary>
/// Makes the newest of judged scores a version of the registry: the challenger, unless the gate holds it. It serves when it is promoted.
/// </summary>
public static class OutsidePublishing
{
    /// <summary>Publishes.</summary>
    /// <param name="request">What was judged.</param>
    /// <param name="verdict">What came of it.</param>
    /// <param name="place">Where it goes.</param>
    /// <param name="cancellation">Ends early, with nothing published.</param>
    /// <exception cref="DatasetException">No window has passed, so nothing is known of their quality, nor of an interval.</exception>
    /// <exception cref="LearningException">The base is too small for portraits.</exception>
    /// <exception cref="ModelPackageException">The registry cannot be written.</exception>
    public static OutsidePublished Run(
        OutsideRequest request, OutsideVerdict verdict, OutsidePlace place, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(verdict);
        ArgumentNullException.ThrowIfNull(place);
        if (verdict.Windows.Count == 0)
        {
            throw new DatasetException(
                "no-window",
                $"The data end at {request.End}, and none of the windows of {request.HorizonDays} days has passed: nothing is known of how "
                    + $"good the scores are, nor of an interval around them. Give scores as of "
                    + $"{request.End.AddDays(-request.HorizonDays)} or earlier in the same file, too.");
        }

        OutsideScores newest = request.Scores[^1];
        ModelBundle bundle = OutsideVersion.Assemble(
            request.History, newest, place.SourceHash, verdict.Windows[^1], request.Seed, place.Rules, request.Champion, cancellation);
        cancellation.ThrowIfCancellationRequested();
        var registry = new ModelRegistry(place.Models, SmokeTest.Admit);
        ModelVersion version = registry.Publish(
            place.Name, bundle.ToPackage(), verdict.IsHeld ? PublishAs.Unaliased : PublishAs.Challenger,
            origin: new ModelProvenance(place.Actor, "import-scores", bundle.Manifest.TrainingData.Fingerprint, place.At));
        if (verdict.IsHeld)
        {
            GateBook.Read(place.Models, place.Name)
                .WithHeld(new HeldVersion(version.Version, bundle.Manifest.AsOf, verdict.Reasons))
                .Write(place.Models, place.Name);
        }

        return new OutsidePublished(version, bundle.Given!, !verdict.IsHeld);
    }
}
