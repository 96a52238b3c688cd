// SPDX-License-Identifier: Apache-2.0
//
// What to do about SCIM requests that were refused: words for each reason that the module gives
// (docs/api.md, Requests). { title, text: [texts], page }: `page` is that of the identity
// provider's pages where it is mended.

// Of 401, by how the reason begins or what stands in it.
const TOKENS = [
    [/^there is no Authorization/, {
        title: "It came without a bearer token",
        text: ["Paste the token into the identity provider's field for it, and choose bearer token,"
               + " or HTTP header, as the way to sign in: no user name and password, no OAuth."],
        page: "tokens",
    }],
    [/^the token is not known/, {
        title: "Its token is none of this server's",
        text: ["It was mistyped or cut when it was pasted, is another server's, or ended long ago."
               + " Nothing can be told of a token that is not known. Make a new one, and paste it"
               + " whole, without a space.",
               "Now and then from addresses that you don't know: strangers try. They get nothing."],
        page: "tokens",
    }],
    [/ expired at /, {
        title: "Its token has expired",
        text: ["Nobody is provisioned, and nobody who leaves is noticed, until it has a new one:"
               + " rotate the token, and paste the new one into the identity provider."],
        page: "tokens",
    }],
    [/ was revoked by /, {
        title: "Its token was revoked",
        text: ["Somebody ended this token, and the identity provider still sends it. If that was"
               + " meant, make a new one, and paste it there. If it was ended since it was stolen:"
               + " look at the address from which this came."],
        page: "tokens",
    }],
    [/ was replaced by /, {
        title: "It still sends the token of before",
        text: ["The token was rotated, and the time for both is over. Paste the new one into the"
               + " identity provider; if nobody has it any more, rotate again."],
        page: "tokens",
    }],
    [/ belongs to the IdP /, {
        title: "It came with the token of another identity provider",
        text: ["Address and token were mixed up: each identity provider has its own of both. Look"
               + " at which of them this one was meant to be."],
        page: "connect",
    }],
];

const STATUSES = {
    403: {
        title: "It may not come from this address",
        text: ["The token is good, and the address is not among those that are allowed. If it is"
               + " the identity provider's, which may have moved: add it. If it is not: somebody"
               + " else has the token. Rotate it at once."],
        page: "limits",
    },
    404: {
        title: "There is no such thing here",
        text: ["It asked for a user or group that was deleted, or that another server had. Most"
               + " identity providers look it up again, or make it anew, by themselves.",
               "If it always asks at one wrong address, compare the base URL that it was given."],
        page: "connect",
    },
    405: {
        title: "This can't be done at this address",
        text: ["Compare the base URL that the identity provider was given."],
        page: "connect",
    },
    409: {
        title: "Another one has this name",
        text: ["Look in the identity provider for two users of one userName, or two groups of one"
               + " name, and give one of them another.",
               "If it is the same one, made anew there: let the identity provider match existing"
               + " users by userName, so that it takes over the one that is here."],
    },
    412: {
        title: "It knew an older version",
        text: ["Something had changed meanwhile, and nothing was overwritten. It reads anew, and"
               + " tries again, by itself."],
    },
    413: {
        title: "It is too large",
        text: ["Let the identity provider send fewer members or operations at once, or raise"
               + " ScimSyncMaxBody, or ScimSyncMaxOperations, in httpd's configuration."],
    },
    415: {
        title: "It is no JSON",
        text: ["SCIM is JSON, of the type application/scim+json or application/json."],
    },
    429: {
        title: "It sent too many requests within a minute",
        text: ["It was told when to come again, and identity providers do: nothing is lost, it"
               + " takes longer. If it happens all day long, raise the limit."],
        page: "limits",
    },
    500: {
        title: "The module could not do it",
        text: ["That is no fault of the identity provider's, which tries again. httpd's error log"
               + " says more."],
    },
    501: {
        title: "This part of SCIM is not spoken here",
        text: ["ServiceProviderConfig says what is. Most identity providers have a setting to do"
               + " without."],
    },
    503: {
        title: "The database could not be reached",
        text: ["Nothing was stored, and the identity provider tries again. Look at Health, and at"
               + " httpd's error log."],
    },
};

// Of 400, by SCIM's word for it (RFC 7644, 3.12).
const BAD = {
    invalidFilter: "It asked with a filter that is none.",
    invalidPath: "It named an attribute that there is not.",
    noTarget: "It named a value that is not there (any more).",
    invalidSyntax: "What it sent is no JSON, or not of the form that SCIM wants.",
    invalidValue: "A value is missing, or of the wrong type.",
    mutability: "It would change what can't be changed.",
    tooMany: "It asked for too much at once.",
    invalidVers: "It speaks another version of SCIM.",
    invalidCursor: "It went on with a list that is over: it begins anew by itself.",
    expiredCursor: "It went on with a list after too long: it begins anew by itself.",
};

// What to do about a request that the API has shown; null: it was not refused.
export function advice(request) {
    const { status, why } = request;
    if (status < 400) {
        return null;
    }
    const ofToken = status === 401 && TOKENS.find(([words]) => words.test(why ?? ""));
    if (ofToken) {
        return ofToken[1];
    }
    if (status === 400) {
        return bad(request.answer);
    }
    return STATUSES[status]
        ?? { title: `It was answered ${status}`, text: ["The answer below says more."] };
}

function bad(answer) {
    return {
        title: "It is not as SCIM wants it",
        text: [BAD[scimType(answer)],
               "The reason names the attribute, or the place. Look at how this attribute is mapped"
               + " in the identity provider, and take out what Jira does not need.",
               "The same user or group comes again and again, and stays as it was until then."]
            .filter(Boolean),
        page: "connect",
    };
}

// The answer may be cut, and then it is no JSON; of SCIM 1.1 it has none.
function scimType(answer) {
    try {
        return JSON.parse(answer).scimType;
    } catch {
        return undefined;
    }
}
