/** A last check of a request, at the moment when its first byte is about to be written: until then it may wait for a connection. */
import type { Dispatcher } from "undici";

/** `check` throws what the request then ends with; nothing of it has been sent. */
export function checkedBeforeSend(dispatcher: Dispatcher, check: () => void): Dispatcher {
  return dispatcher.compose(
    (dispatch) => (options, handler) => dispatch(options, checkedHandler(handler, check)),
  );
}

function checkedHandler(handler: Dispatcher.DispatchHandler, check: () => void): Dispatcher.DispatchHandler {
  return {
    onRequestStart(controller, context) {
      handler.onRequestStart?.(controller, context);
      try {
        check();
      } catch (error) {
        controller.abort(error as Error);
      }
    },
    onRequestUpgrade: (...parts) => handler.onRequestUpgrade?.(...parts),
    onResponseStart: (...parts) => handler.onResponseStart?.(...parts),
    onResponseData: (...parts) => handler.onResponseData?.(...parts),
    onResponseEnd: (...parts) => handler.onResponseEnd?.(...parts),
    onResponseError: (...parts) => handler.onResponseError?.(...parts),
  };
}
