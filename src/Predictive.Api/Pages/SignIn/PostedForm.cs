using System.Globalization;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http;
using Predictive.Api.Answers;

namespace Predictive.Api.Pages.SignIn;

/// <summary>A form posted from one of the pages: the one way to read it, so that none is read that was not opened here.</summary>
internal static class PostedForm
{
    /// <summary>The fields.</summary>
    /// <exception cref="RequestException">It carries no token of these pages (400), is no form, or is too large (413).</exception>
    public static async Task<IFormCollection> Read(HttpContext context, IAntiforgery antiforgery)
    {
        try
        {
            await antiforgery.ValidateRequestAsync(context);
            return await context.Request.ReadFormAsync(context.RequestAborted);
        }
        catch (Exception e) when ((e as AntiforgeryValidationException)?.InnerException is InvalidDataException or BadHttpRequestException
            || e is InvalidDataException)
        {
            throw RequestException.TooLarge(string.Create(
                CultureInfo.InvariantCulture,
                $"The form of {context.Request.ContentLength ?? 0:N0} bytes is larger than this host takes, or is none. Send it in "
                    + $"parts."));
        }
        catch (AntiforgeryValidationException)
        {
            throw RequestException.Refused(
                "The form carries no token of this host's pages, or an old one; expected a form opened here. Open the page again.");
        }
    }
}
