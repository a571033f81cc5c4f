using System.Runtime.CompilerServices;
using Predictive.Api.Pages.Data;
using Predictive.Api.Serving;
using Predictive.History.Checks;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;

namespace Predictive.Api.Pages.Views;

/// <summary>What the overview shows.</summary>
/// <param name="Base">The base.</param>
/// <param name="Figures">What is counted over it.</param>
/// <param name="Manifest">Of the model in service.</param>
/// <param name="Report">The portfolio; null = it is being made.</param>
/// <param name="Check">The check of the data; null = it is being made.</param>
/// <param name="Fault">Why one of them could not be; null = nothing failed.</param>
public sealed record OverviewModel(
    CustomerBase Base, OverviewFigures Figures, ModelManifest Manifest, PortfolioReport? Report, CheckReport? Check, string? Fault);

/// <summary>Figures of a whole base that do not change within a snapshot: counted once.</summary>
public sealed class OverviewFigures
{
    private const int Calls = 50;

    private static readonly ConditionalWeakTable<CustomerBase, OverviewFigures> s_known = [];

    private readonly int[,] _cellStage;

    private OverviewFigures(CustomerBase all, double minimum)
    {
        ScoreTable scores = all.Scores;
        _cellStage = new int[Enum.GetValues<ValueMatrixCell>().Length, Lifecycle.Names.Count];
        double variance = 0;
        for (int i = 0; i < scores.Count; i++)
        {
            double p = scores.ChurnProbability[i];
            Active += scores.RecencyDays[i] <= 90 ? 1 : 0;
            Leavers += p;
            variance += p * (1 - p);
            Spend += scores.ClvExpected[i];
            Loss += scores.Returns[i].KeptNothing ? 0 : all.Loss[i];
            _cellStage[(int)scores.Cell[i], (int)scores.Lifecycle[i]]++;
        }

        LeaversEither = 1.2816 * Math.Sqrt(variance);
        foreach (int row in all.ByRisk)
        {
            if (scores.ChurnProbability[row] >= minimum && Contacts++ < Calls)
            {
                Saving += all.Saving[row];
            }
        }

        Contacts = Math.Min(Contacts, Calls);
    }

    /// <summary>Customers with a purchase in the last 90 days.</summary>
    public int Active { get; }

    /// <summary>Expected to buy nothing within the horizon.</summary>
    public double Leavers { get; }

    /// <summary>
    /// Half the width of the 80 % interval of <see cref="Leavers"/> by chance alone: 1.2816 standard deviations of a sum of independent
    /// events. How far the level itself may be off is not in it.
    /// </summary>
    public double LeaversEither { get; }

    /// <summary>Net spend expected within the horizon.</summary>
    public double Spend { get; }

    /// <summary>Expected losses of everybody who kept something.</summary>
    public double Loss { get; }

    /// <summary>The first calls of the at-risk list: how many, at most 50.</summary>
    public int Contacts { get; }

    /// <summary>What they can save.</summary>
    public double Saving { get; }

    /// <summary>The figures of a snapshot's base.</summary>
    public static OverviewFigures Of(ServingSnapshot snapshot) => s_known.GetValue(
        CustomerBase.Of(snapshot), b => new OverviewFigures(b, b.Scores.Bundle.Rules.Options.ChurnBands.MediumFrom));

    /// <summary>Customers of a cell and a stage; null = any.</summary>
    public int Count(ValueMatrixCell? cell, LifecycleStage? stage)
    {
        int count = 0;
        for (int c = 0; c < _cellStage.GetLength(0); c++)
        {
            for (int s = 0; s < _cellStage.GetLength(1); s++)
            {
                count += (cell is null || (int)cell == c) && (stage is null || (int)stage == s) ? _cellStage[c, s] : 0;
            }
        }

        return count;
    }
}
