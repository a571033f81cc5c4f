using Predictive.Api.Endpoints;
using Predictive.Api.Pages.Data;
using Predictive.History;
using Predictive.Segmentation.Scoring;

namespace Predictive.Api.Pages.Views;

/// <summary>What a list of customers shows.</summary>
/// <param name="List">The rows of this page and the sums of all.</param>
/// <param name="Base">The base.</param>
/// <param name="Filter">What is filtered by.</param>
/// <param name="Choices">What can be filtered by.</param>
/// <param name="Search">Part of the id looked for.</param>
/// <param name="Order">Column ordered by.</param>
/// <param name="Page">1, 2, 3 ...</param>
/// <param name="Pages">How many there are.</param>
/// <param name="Prospects">People known beside them who have not bought.</param>
public sealed record CustomersModel(
    CustomerList List, CustomerBase Base, CustomerFilter Filter, FilterChoices Choices, string Search, string Order, int Page, int Pages,
    int Prospects);

/// <summary>What the model says of an earlier time.</summary>
/// <param name="At">When.</param>
/// <param name="Churn">Churn probability.</param>
/// <param name="Expected">Expected net spend.</param>
public readonly record struct PastScore(LocalTime At, double Churn, double Expected);

/// <summary>One day of a customer's history.</summary>
/// <param name="Day">Local day.</param>
/// <param name="Bought">Sum of the purchases.</param>
/// <param name="Returned">Sum of the returns, as a positive number.</param>
public readonly record struct CustomerDay(int Day, double Bought, double Returned);

/// <summary>The days of one customer.</summary>
/// <param name="Days">Days with a line, oldest first.</param>
/// <param name="Contacts">Days of contacts.</param>
public sealed record CustomerTimes(IReadOnlyList<CustomerDay> Days, IReadOnlyList<int> Contacts)
{
    internal static CustomerTimes Of(TransactionHistory history, int customer, LocalTime asOf)
    {
        CustomerLines lines = history.Lines(customer).Before(asOf);
        var days = new List<CustomerDay>();
        for (int i = 0; i < lines.Count; i++)
        {
            int day = LocalTime.DayOf(lines.OrderedAt[i]);
            double amount = lines.Amount[i];
            CustomerDay last = days.Count > 0 && days[^1].Day == day ? days[^1] : new CustomerDay(day, 0, 0);
            if (days.Count > 0 && days[^1].Day == day)
            {
                days.RemoveAt(days.Count - 1);
            }

            days.Add(new CustomerDay(day, last.Bought + Math.Max(0, amount), last.Returned + Math.Max(0, -amount)));
        }

        var contacts = new List<int>();
        CustomerEvents with = lines.Contacts.Before(asOf);
        for (int i = 0; i < with.Count; i++)
        {
            contacts.Add(LocalTime.DayOf(with.OccurredAt[i]));
        }

        return new CustomerTimes(days, contacts);
    }
}

/// <summary>What the page of one customer shows.</summary>
/// <param name="View">As the API answers.</param>
/// <param name="Times">Days of purchases, returns and contacts.</param>
/// <param name="Past">What the model says of earlier times, oldest first.</param>
/// <param name="Said">What versions said when they were trained, oldest first.</param>
/// <param name="Base">The base.</param>
/// <param name="Alike">Rows of customers like this one.</param>
public sealed record CustomerModel(
    CustomerView View, CustomerTimes Times, IReadOnlyList<PastScore> Past, IReadOnlyList<SaidScore> Said, CustomerBase Base,
    IReadOnlyList<int> Alike);
